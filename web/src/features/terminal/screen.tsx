import { type RefObject, useEffect, useRef, useState } from 'react';
import { useLive, useStore } from '../../lib/use-store.ts';
import { Notice } from '../../ui/notice.tsx';
import { openEmulator } from './emulator.ts';

interface Props {
  readonly id: string;
  readonly mayControl: boolean;
}

/** The pane as it is. Keys go to it only while one has taken control. */
export function Screen({ id, mayControl }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState(false);
  const live = useLive((state) => state.link.is === 'live');
  // Without a connection keys would fall into nothing: control ends with it and is taken again by hand.
  if (wanted && !(live && mayControl)) setWanted(false);
  const control = wanted && live && mayControl;
  const button = useRef<HTMLButtonElement>(null);
  const { error, size } = useEmulator(id, frame, control, () => {
    setWanted(false);
    button.current?.focus();
  });
  return (
    <section className="screen" aria-labelledby="screen-title" data-control={control || undefined}>
      <div className="line">
        <h2 id="screen-title">Screen</h2>
        {size && (
          <span className="small">
            {size.cols}×{size.rows}
          </span>
        )}
        <span className="grow small" role="status">
          {control ? 'Your keys go to this terminal. Ctrl+] gives control back.' : ''}
        </span>
        {mayControl && (
          <button
            ref={button}
            type="button"
            aria-pressed={control}
            disabled={!live}
            onClick={() => setWanted(!control)}
          >
            {control ? 'Give control back' : 'Take control'}
          </button>
        )}
      </div>
      {error !== null && <Notice tone="warn">{error}</Notice>}
      <div className="frame" ref={frame} />
    </section>
  );
}

function useEmulator(
  id: string,
  frame: RefObject<HTMLDivElement | null>,
  control: boolean,
  onRelease: () => void,
) {
  const store = useStore();
  const [error, setError] = useState<string | null>(null);
  const [size, setSize] = useState<{ cols: number; rows: number } | null>(null);
  const emulator = useRef<ReturnType<typeof openEmulator> | null>(null);
  const release = useRef(onRelease);
  release.current = onRelease;

  useEffect(() => {
    const opened = openEmulator(frame.current!, {
      onKeys: (keys) => store.input(id, keys),
      onRelease: () => release.current(),
    });
    emulator.current = opened;
    const sink = {
      reset(cols: number, rows: number) {
        setError(null);
        setSize({ cols, rows });
        opened.reset(cols, rows);
      },
      write: opened.write,
    };
    const stop = store.watch(id, sink, setError);
    return () => {
      stop();
      opened.close();
      emulator.current = null;
    };
  }, [store, id, frame]);
  useEffect(() => emulator.current?.control(control), [control]);
  return { error, size };
}
