import { useLive } from '../../lib/use-store.ts';
import { Command } from '../../ui/command.tsx';
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
      {open.length === 0 ? (
        <FirstSteps />
      ) : (
        <p className="small">Choose a terminal to see its screen, read its inbox and write to it.</p>
      )}
    </div>
  );
}

const FirstSteps = () => (
  <>
    <p>Start a session with an agent, in any shell that is logged in:</p>
    <Command line="cao launch --agents developer" />
    <p>or watch scripted agents work together for a minute:</p>
    <Command line="cao up --demo" />
    <p className="small">What starts appears here by itself; there is nothing to reload.</p>
  </>
);

function heading(working: number, waiting: number): string {
  const first =
    working === 0 ? 'No agent is working' : working === 1 ? '1 agent works' : `${working} agents work`;
  return waiting === 0
    ? `${first}, none needs you`
    : `${first}, ${waiting} ${waiting === 1 ? 'needs' : 'need'} you`;
}
