import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What is seen in a terminal's pane, and which processes belong to it. */
export interface Pane {
  readonly text: string;
  /** With its escape sequences. */
  readonly ansi: string;
  readonly title: string;
  readonly pid: number;
}

/** @returns null when the terminal has no pane there. */
export function paneOf(socket: string, terminal: string): Pane | null {
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-u', '-S', socket, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    const format = '#{@cao_id} #{pane_id} #{pane_pid} #{pane_title}';
    const line = tmux('list-panes', '-a', '-F', format)
      .split('\n')
      .find((one) => one.startsWith(`${terminal} `));
    if (!line) return null;
    const [, pane = '', pid = '', ...title] = line.split(' ');
    const capture = (...flags: string[]) => tmux('capture-pane', '-p', ...flags, '-t', pane);
    return { text: capture(), ansi: capture('-e'), title: title.join(' '), pid: Number(pid) };
  } catch {
    return null; // no server: no panes
  }
}

interface Process {
  readonly pid: number;
  readonly argv: string;
}

/** The process of the pane with all its descendants, and whatever else carries the terminal's id in its environment. */
export function processesOf(root: number, terminal: string): readonly Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((pid) => [Number(pid), parentOf(pid)]));
  const below = (pid: number): boolean => {
    for (let at: number | undefined = pid; at; at = parents.get(at)) if (at === root) return true;
    return false;
  };
  const mark = `CAO_TERMINAL_ID=${terminal}`;
  return pids
    .filter((pid) => below(Number(pid)) || read(pid, 'environ').split('\0').includes(mark))
    .map((pid) => ({ pid: Number(pid), argv: argvOf(Number(pid)) }))
    .filter(isAlive);
}

/** Its words tell it from another one that got its number; one that has ended, or ends as it is looked at, has none. */
export const isAlive = ({ pid, argv }: Process): boolean =>
  argv !== '' && argvOf(pid) === argv && stateOf(pid) !== 'Z';

const argvOf = (pid: number) => read(String(pid), 'cmdline').replaceAll('\0', ' ').trim();

/** Behind the name, which may hold spaces and brackets: state, parent. */
const statOf = (pid: string) => read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
const stateOf = (pid: number) => statOf(String(pid))[0];
const parentOf = (pid: string) => Number(statOf(pid)[1] ?? 0);

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended in between
  }
}
