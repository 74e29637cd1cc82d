import type { ConversationPlace, Provider, Submit } from '../contract.ts';
import { failureOf } from './failure.ts';
import { type LoginClue, loginBy } from './login.ts';
import { foundAfter, foundAt, type LastTurn } from './on-screen.ts';
import { initial, note } from './state.ts';
import { MCP_TIMEOUT_MS } from './tool-words.ts';
import { versionBy } from './version.ts';

/** What most CLIs have in common; one that differs says so. */
type Usual = Pick<
  Provider,
  'binary' | 'initial' | 'log' | 'maxCallMs' | 'reconcile' | 'interrupt' | 'failure' | 'resumes' | 'quit'
>;

/** A CLI without a limit of its own gives up when it is told to. Units: ms. */
const BEFORE_TIMEOUT_MS = 10_000;

/** Our tools are waited for, and Enter is pressed three times at most. */
const USUAL_SUBMIT = { afterTools: true, maxCarriageReturns: 3 };

type Submitted = Omit<Submit, keyof typeof USUAL_SUBMIT> & Partial<Submit>;

interface CliWords extends Omit<Provider, 'detect' | 'submit' | keyof Usual>, Partial<Usual> {
  readonly submit: Submitted;
  /** Of what `--version` prints: the first group is the version. Left out: it prints nothing else. */
  readonly version?: RegExp;
  readonly login: readonly LoginClue[];
  /** For those that remember more of a turn than that it was; null: the log knows none. */
  lastTurn?(lines: readonly string[]): LastTurn | null;
  /** The folder of its conversations, where the id of one is in the paths of its files. */
  keeps?(at: ConversationPlace): string;
}

/** No word that means nothing. */
type Known<Own> = Own & Record<Exclude<keyof Own, keyof CliWords>, never>;

/** A provider, by what is special to its CLI. */
export function cli<Own extends CliWords>(words: Known<Own>) {
  const { version = /^(\d+\.\d+\.\d+\S*)$/, login, submit, keeps, lastTurn, ...own } = words;
  const { readScreen, log = null } = words;
  const usual: Usual & Pick<Provider, 'detect' | 'submit'> = {
    detect: { ...versionBy(version), login: loginBy(login) },
    binary: words.id,
    initial,
    submit: { ...USUAL_SUBMIT, ...submit },
    log,
    maxCallMs: MCP_TIMEOUT_MS - BEFORE_TIMEOUT_MS,
    reconcile({ screen, logTail }) {
      if (!lastTurn) return foundAt(readScreen(screen), log, logTail);
      const turn = lastTurn(logTail);
      const found = foundAfter(readScreen(screen), turn?.isOver ?? false);
      return turn ? note(found, turn.memo) : found;
    },
    interrupt: { keys: ['Escape'] },
    failure: (error) => failureOf(error),
    resumes: true,
    quit: { text: '/exit' },
  };
  const conversation = (at: ConversationPlace) => ({ root: keeps?.(at) ?? '', holds: at.nativeSessionId });
  return { ...usual, ...(keeps ? { conversation } : {}), ...own };
}
