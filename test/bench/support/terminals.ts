import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventView } from '@cao/contracts';
import type { Stack, StackHost } from '../../support/stack/with-stack.ts';

/** A terminal of a bench, with what a program in its pane would know. */
export interface BenchTerminal {
  readonly id: string;
  readonly session: string;
  readonly host: StackHost;
}

let sessions = 0;
export const newSessionName = (): string => `bench-${++sessions}`;

const hasStatus =
  (id: string, status: string, after = 0) =>
  (event: EventView): boolean =>
    event.id > after &&
    event.kind === 'terminal.status' &&
    event.terminal_id === id &&
    event.data.status === status;

/** Resolves when the terminal tells that status, in an event after `after`. */
export const untilStatus = (stack: Stack, id: string, status: string, after = 0): Promise<EventView> =>
  stack.event(`${id} is ${status}`, hasStatus(id, status, after));

export const untilLive = (stack: Stack, id: string, timeoutMs?: number): Promise<EventView> =>
  stack.event(
    `${id} is live`,
    (event) => event.kind === 'terminal.live' && event.terminal_id === id,
    timeoutMs,
  );

/** The newest event that this bench has seen: what comes after it is news. */
export const newestEvent = (stack: Stack): number => stack.events.all().at(-1)?.id ?? 0;

/** Starts an idle scripted agent on that host and waits until its CLI says that it is up. */
export async function openTerminal(stack: Stack, host: StackHost): Promise<BenchTerminal> {
  const { session, terminal } = await stack.client.sessions.create({
    body: {
      agent_profile: 'developer',
      provider: 'scripted',
      session_name: newSessionName(),
      host: host.name,
    },
  });
  await untilStatus(stack, terminal.id, 'idle');
  return { id: terminal.id, session: session.name, host };
}

export async function closeSessions(stack: Stack, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => stack.client.sessions.shutdown({ params: { name }, query: {} })));
}

/** The private folder of a terminal on its host, under its first epoch. */
const folderOf = (host: StackHost, id: string): string => join(host.stateDir, 'terminals', `${id}-1`);

/** Where the CLI of a terminal reaches its host, and with which token. */
export function loopbackOf({ host, id }: BenchTerminal): { url: string; token: string } {
  const { port } = JSON.parse(readFileSync(join(host.stateDir, 'loopback.json'), 'utf8')) as { port: number };
  const { token } = JSON.parse(readFileSync(join(folderOf(host, id), 'terminal.json'), 'utf8')) as {
    token: string;
  };
  return { url: `http://127.0.0.1:${port}`, token };
}
