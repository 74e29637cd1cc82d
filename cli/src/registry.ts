import type { AnyCommand } from './command.ts';

/** Every command: one line each. Loaded when called, so that a small command starts fast. */
const registry = {
  up: () => import('./commands/up.ts'),
  down: () => import('./commands/down.ts'),
  login: () => import('./commands/login.ts'),
  launch: () => import('./commands/launch.ts'),
  'session list': () => import('./commands/session/list.ts'),
  'session status': () => import('./commands/session/status.ts'),
  'session send': () => import('./commands/session/send.ts'),
  'session watch': () => import('./commands/session/watch.ts'),
  'terminal list': () => import('./commands/terminal/list.ts'),
  'terminal attach': () => import('./commands/terminal/attach.ts'),
  'terminal output': () => import('./commands/terminal/output.ts'),
  'terminal send': () => import('./commands/terminal/send.ts'),
  'terminal keys': () => import('./commands/terminal/keys.ts'),
  'message show': () => import('./commands/message/show.ts'),
  'task list': () => import('./commands/task/list.ts'),
  'task show': () => import('./commands/task/show.ts'),
  'approval list': () => import('./commands/approval/list.ts'),
  'approval show': () => import('./commands/approval/show.ts'),
  'approval allow': () => import('./commands/approval/allow.ts'),
  'approval deny': () => import('./commands/approval/deny.ts'),
  'host list': () => import('./commands/host/list.ts'),
  'host show': () => import('./commands/host/show.ts'),
  'host cordon': () => import('./commands/host/cordon.ts'),
  'host uncordon': () => import('./commands/host/uncordon.ts'),
  'host upgrade': () => import('./commands/host/upgrade.ts'),
  'host drain': () => import('./commands/host/drain.ts'),
  'host pause': () => import('./commands/host/pause.ts'),
  'host remove': () => import('./commands/host/remove.ts'),
  'host invite': () => import('./commands/host/invite.ts'),
  'host join': () => import('./commands/host/join.ts'),
  'workspace list': () => import('./commands/workspace/list.ts'),
  'workspace gc': () => import('./commands/workspace/gc.ts'),
  'workspace remove': () => import('./commands/workspace/remove.ts'),
  info: () => import('./commands/info.ts'),
  doctor: () => import('./commands/doctor.ts'),
  why: () => import('./commands/why.ts'),
  install: () => import('./commands/install.ts'),
  'dev record': () => import('./commands/dev/record.ts'),
  'dev score': () => import('./commands/dev/score.ts'),
  shutdown: () => import('./commands/shutdown.ts'),
} as const satisfies Record<string, () => Promise<{ command: AnyCommand }>>;

export type CommandPath = keyof typeof registry;
export const paths = Object.keys(registry) as CommandPath[];

export const loadCommand = async (path: CommandPath): Promise<AnyCommand> => (await registry[path]()).command;
export const loadAll = (): Promise<AnyCommand[]> => Promise.all(paths.map(loadCommand));

/** The command that the first words name, and how many words that took. */
export function findCommand(argv: readonly string[]): { path: CommandPath; words: number } | null {
  for (const words of [2, 1]) {
    const path = argv.slice(0, words).join(' ');
    if (argv.length >= words && path in registry) return { path: path as CommandPath, words };
  }
  return null;
}
