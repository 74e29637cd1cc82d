import type { Outcome } from './run.ts';
import { type Directive, parseScript } from './script.ts';
import { firstLine, isMessage, type Known, withoutSuffix } from './variables.ts';

export interface Prompt {
  readonly text: string;
  /** What a turn does that the agent starts by itself; null for one that came through the input box. */
  readonly own: Plan | null;
}

export interface Plan {
  readonly directives: readonly Directive[];
  readonly known: Known;
}

/** What to do with a prompt; remembers the directives that wait for messages. */
export interface Planner {
  /** Directives to run, or the text to answer with. */
  of(prompt: Prompt): Plan | string;
  wait(outcome: Outcome): void;
  forget(): void;
  /** The words of a turn that said nothing. */
  spare(outcome: Outcome, prompt: Prompt): string;
}

export function makePlanner(): Planner {
  let waiting: { need: number; rest: readonly Directive[]; known: Known } | null = null;
  return {
    of(prompt) {
      if (prompt.own) return prompt.own;
      const directives = parseScript(prompt.text);
      // A message counts whatever it quotes; a person's new script is a script of its own.
      if (waiting && (directives.length === 0 || isMessage(prompt.text))) {
        const known = { ...waiting.known, messages: [...waiting.known.messages, withoutSuffix(prompt.text)] };
        const { need, rest } = waiting;
        waiting = need > 1 ? { need: need - 1, rest, known } : null;
        if (!waiting) return { directives: rest, known };
      } else if (directives.length > 0) {
        return { directives, known: { results: [], messages: [] } };
      }
      return `${isMessage(prompt.text) ? 'Noted' : 'Done'}: ${firstLine(prompt.text)}`;
    },
    wait({ amount, rest, known }) {
      waiting = { need: amount, rest, known };
    },
    forget() {
      waiting = null;
    },
    spare({ end, amount }, prompt) {
      if (end === 'await') return `Waiting for ${amount} message(s).`;
      if (end === 'background') return 'Started in the background.';
      return `Done: ${firstLine(prompt.text).slice(0, 80)}`;
    },
  };
}
