import { useLive } from '../../lib/use-store.ts';
import { needsPerson } from '../../ui/status.tsx';
import { TerminalLine } from './terminal-line.tsx';

/** Nothing is chosen: what needs a person, and how to go on. */
export function Overview() {
  const terminals = useLive((state) => state.terminals);
  const open = [...terminals.values()].filter((each) => each.lifecycle !== 'closed');
  const waiting = open.filter(needsPerson);
  const working = open.filter((each) => each.lifecycle === 'live' && each.status === 'processing').length;
  return (
    <div className="overview">
      <h1>{open.length === 0 ? 'Nothing runs' : heading(working, waiting.length)}</h1>
      {waiting.length > 0 && (
        <>
          <p>These do not go on without you:</p>
          <ul className="waiting">
            {waiting.map((terminal) => (
              <TerminalLine key={terminal.id} terminal={terminal} conductor={false} chosen={false} />
            ))}
          </ul>
        </>
      )}
      <p className="small">
        {open.length === 0
          ? 'Sessions appear here as soon as one starts; there is nothing to reload.'
          : 'Choose a terminal to see its screen, read its inbox and write to it.'}
      </p>
    </div>
  );
}

function heading(working: number, waiting: number): string {
  const first =
    working === 0 ? 'No agent is working' : working === 1 ? '1 agent works' : `${working} agents work`;
  return waiting === 0
    ? `${first}, none needs you`
    : `${first}, ${waiting} ${waiting === 1 ? 'needs' : 'need'} you`;
}
