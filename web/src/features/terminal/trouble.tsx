import { failureTable, type TerminalView } from '@cao/contracts';
import { Ticked } from '../../ui/ticked.tsx';

const soon = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** What went wrong with its CLI, in the CLI's own words, and what a person does about it. */
export function Trouble({ terminal }: { terminal: TerminalView }) {
  const { failure } = terminal;
  if (!failure) return null;
  const { title, next } = failureTable[failure.kind];
  return (
    <section className="why trouble" aria-label="What went wrong">
      <p>
        <strong>{title}</strong>
        {failure.resets_at !== null && (
          <>
            {' '}
            until <time dateTime={failure.resets_at}>{soon.format(new Date(failure.resets_at))}</time>
          </>
        )}
        : {failure.message}
      </p>
      <p className="small">
        <Ticked text={next.replace(/\bID\b/g, terminal.id)} />
      </p>
    </section>
  );
}
