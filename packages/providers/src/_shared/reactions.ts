import type { AgentState, Provider, ScreenReading, Step } from '../contract.ts';
import { type Json, parseLine, text } from './json.ts';
import { onScreen, type ScreenRules } from './on-screen.ts';
import { ask, become, type Said, saysUp, sessionOf, stay, toolRan } from './state.ts';
import { approvalOf } from './turn.ts';

/** What comes of one thing that a CLI says: `said` names it, `body` is all that it tells. */
export type Reaction = (state: AgentState, said: Said, body: Json) => Step;
/** By the name of a hook, of an event, or of a kind of line. What is not in it changes nothing. */
export type Reactions = Readonly<Record<string, Reaction>>;

/** Where a CLI is heard, and what its screen may say beside that. */
interface Ears extends ScreenRules {
  /** Those that it is asked for, too: `launch` reads their names here. */
  readonly hooks?: Reactions;
  /** What each hook tells beside its name, of whatever name it is. */
  everyHook?(state: AgentState, body: Json): Step;
  readonly lines?: Reactions;
  /** Name of a line; left out: its `type`. */
  line?(line: Json): string;
  readonly events?: Reactions;
  /** Name and body of what the API said; null: nothing that is known. */
  event?(body: Json): { readonly name: string; readonly body: Json } | null;
  /** In place of what the screen adds to the signals of most. */
  screen?(state: AgentState, reading: ScreenReading): Step;
}

/** The reducer of a CLI, from the tables of what it says. */
export function reducer(ears: Ears): Provider['next'] {
  const { hooks = {}, lines = {}, events = {} } = ears;
  return (state, signal) => {
    switch (signal.source) {
      case 'hook': {
        const said = { source: 'hook', evidence: signal.name } as const;
        const told = ears.everyHook?.(state, signal.body) ?? stay(state);
        const step = react(hooks, told.state, said, signal.body);
        return told.effects.length > 0 ? { ...step, effects: [...told.effects, ...step.effects] } : step;
      }
      case 'log': {
        const line = parseLine(signal.line);
        if (!line) return stay(state);
        const evidence = ears.line?.(line) ?? text(line.type);
        return react(lines, state, { source: 'log', evidence }, line);
      }
      case 'api': {
        const event = ears.event?.(signal.body);
        return event
          ? react(events, state, { source: 'api', evidence: event.name }, event.body)
          : stay(state);
      }
      case 'screen':
        return ears.screen?.(state, signal.reading) ?? onScreen(state, signal.reading, ears);
    }
  };
}

/** Names come from outside: one like `constructor` is in no table. */
function react(reactions: Reactions, state: AgentState, said: Said, body: Json): Step {
  const reaction = Object.hasOwn(reactions, said.evidence) ? reactions[said.evidence] : undefined;
  return reaction?.(state, said, body) ?? stay(state);
}

/** The same comes of each of these. */
export const alike = (names: readonly string[], reaction: Reaction): Reactions =>
  Object.fromEntries(names.map((name) => [name, reaction]));

/** It is asked for, and changes nothing here. */
export const nothing: Reaction = (state) => stay(state);

/** It is up. */
export const isUp: Reaction = (state, said) => stay(saysUp(state, said));

/** It is up, and says whose conversation this is and where its log lies. */
export const sessionBegins: Reaction = (state, said, body) => stay(saysUp(state, said), [sessionOf(body)]);

/** It asks before it runs a tool, which the hook names. */
export const asks: Reaction = (state, said, body) => stay(ask(state, said, approvalOf(body)));

/** What it asked is answered. */
export const goesOn: Reaction = (state, said) =>
  stay(state.approval ? become(state, 'processing', said) : state);

/** The tool that it names ran. */
export const ran: Reaction = (state, said, body) => toolRan(state, said, text(body.tool_name));

/** Where that does not hold, it says nothing: `when(inTurn, …)` is of a turn, and means nothing outside of one. */
export const when =
  (holds: (state: AgentState, body: Json) => boolean, reaction: Reaction): Reaction =>
  (state, said, body) =>
    holds(state, body) ? reaction(state, said, body) : stay(state);
