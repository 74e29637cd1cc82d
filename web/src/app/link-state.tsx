import { useLive, useStore } from '../lib/use-store.ts';
import { Notice } from '../ui/notice.tsx';
import { Ticked } from '../ui/ticked.tsx';

const words = { connecting: 'Connecting…', live: 'Live', lost: 'Connection lost' } as const;

export function LinkState() {
  const link = useLive((state) => state.link);
  return (
    <p className="link-state" data-is={link.is} role="status">
      <span className="dot" aria-hidden="true" />
      {words[link.is]}
    </p>
  );
}

/** What is wrong with the page's picture of the world; nothing when it is true. */
export function Banner() {
  const store = useStore();
  const link = useLive((state) => state.link);
  const failure = useLive((state) => state.failure);
  const loaded = useLive((state) => state.loaded);
  if (link.is === 'lost')
    return (
      <Notice tone="warn">
        {loaded ? 'The connection to CAO is lost; what you see may be out of date.' : 'CAO does not answer.'}{' '}
        Agents work on. This page connects again by itself; if it does not, look on the machine of CAO whether{' '}
        <code>cao up</code> runs.
      </Notice>
    );
  if (failure)
    return (
      <Notice tone="error" action={{ label: 'Try now', run: store.retry }}>
        {failure.message} <Ticked text={failure.next} />
      </Notice>
    );
  return null;
}
