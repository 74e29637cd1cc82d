import type { Provider } from '../contract.ts';
import { failureOf } from './failure.ts';
import { type LoginClue, loginBy } from './login.ts';
import { foundAt } from './on-screen.ts';
import { initial } from './state.ts';
import { versionBy } from './version.ts';

/** What most CLIs have in common; one that differs says so. */
type Usual = Pick<Provider, 'initial' | 'log' | 'reconcile' | 'interrupt' | 'failure' | 'resumes' | 'quit'>;

interface CliWords extends Omit<Provider, 'detect' | keyof Usual>, Partial<Usual> {
  /** Of what `--version` prints: the first group is the version. */
  readonly version: RegExp;
  readonly login: readonly LoginClue[];
}

/** No word that means nothing. */
type Known<Own> = Own & Record<Exclude<keyof Own, keyof CliWords>, never>;

/** A provider, by what is special to its CLI. */
export function cli<Own extends CliWords>(words: Known<Own>) {
  const { version, login, ...own } = words;
  const { readScreen, log = null } = words;
  const usual: Usual & Pick<Provider, 'detect'> = {
    detect: { ...versionBy(version), login: loginBy(login) },
    initial,
    log,
    reconcile: ({ screen, logTail }) => foundAt(readScreen(screen), log, logTail),
    interrupt: { keys: ['Escape'] },
    failure: (error) => failureOf(error),
    resumes: true,
    quit: { text: '/exit' },
  };
  return { ...usual, ...own };
}
