import type { Provider, Submit } from '../contract.ts';
import { failureOf } from './failure.ts';
import { type LoginClue, loginBy } from './login.ts';
import { foundAt } from './on-screen.ts';
import { initial } from './state.ts';
import { MCP_TIMEOUT_MS } from './tool-words.ts';
import { versionBy } from './version.ts';

/** What most CLIs have in common; one that differs says so. */
type Usual = Pick<
  Provider,
  'initial' | 'log' | 'maxCallMs' | 'reconcile' | 'interrupt' | 'failure' | 'resumes' | 'quit'
>;

/** A CLI without a limit of its own gives up when it is told to. Units: ms. */
const BEFORE_TIMEOUT_MS = 10_000;

/** Our tools are waited for, and Enter is pressed three times at most. */
const USUAL_SUBMIT = { afterTools: true, maxCarriageReturns: 3 };

type Submitted = Omit<Submit, keyof typeof USUAL_SUBMIT> & Partial<Submit>;

interface CliWords extends Omit<Provider, 'detect' | 'submit' | keyof Usual>, Partial<Usual> {
  readonly submit: Submitted;
  /** Of what `--version` prints: the first group is the version. */
  readonly version: RegExp;
  readonly login: readonly LoginClue[];
}

/** No word that means nothing. */
type Known<Own> = Own & Record<Exclude<keyof Own, keyof CliWords>, never>;

/** A provider, by what is special to its CLI. */
export function cli<Own extends CliWords>(words: Known<Own>) {
  const { version, login, submit, ...own } = words;
  const { readScreen, log = null } = words;
  const usual: Usual & Pick<Provider, 'detect' | 'submit'> = {
    detect: { ...versionBy(version), login: loginBy(login) },
    initial,
    submit: { ...USUAL_SUBMIT, ...submit },
    log,
    maxCallMs: MCP_TIMEOUT_MS - BEFORE_TIMEOUT_MS,
    reconcile: ({ screen, logTail }) => foundAt(readScreen(screen), log, logTail),
    interrupt: { keys: ['Escape'] },
    failure: (error) => failureOf(error),
    resumes: true,
    quit: { text: '/exit' },
  };
  return { ...usual, ...own };
}
