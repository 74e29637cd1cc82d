import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { recordOf } from './ledger-check.ts';
import type { Stack, StackHost } from './with-stack.ts';

/** A scripted agent in its own session, and what only its host knows of it. */
export interface Agent {
  readonly id: string;
  readonly session: string;
  readonly token: string;
  readonly host: StackHost;
  /** Where its hooks and tools go. */
  readonly loopbackUrl: string;
}

export async function startAgent(stack: Stack, session: string, host?: string): Promise<Agent> {
  const { terminal } = await stack.client.sessions.create({
    body: { agent_profile: 'developer', provider: 'scripted', session_name: session, host },
  });
  await stack.event(
    `${terminal.id} is up`,
    (event) =>
      event.kind === 'terminal.status' && event.terminal_id === terminal.id && event.data.status === 'idle',
  );
  return knownAgent(stack, terminal.id);
}

export async function knownAgent(stack: Stack, id: string): Promise<Agent> {
  const { terminal } = await stack.client.terminals.get({ params: { id } });
  const host = stack.hosts.find(({ name }) => name === terminal.host_name)!;
  const folders = join(host.stateDir, 'terminals');
  const own = readdirSync(folders).find((name) => name.startsWith(`${id}-`))!;
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  return {
    id,
    session: terminal.session_name,
    token: String(read(join(folders, own, 'terminal.json')).token),
    host,
    loopbackUrl: `http://127.0.0.1:${read(join(host.stateDir, 'loopback.json')).port}`,
  };
}

/** Sends and waits until the CLI has taken it. @returns the text as its pane received it. */
export async function deliver(stack: Stack, terminal: string, text: string): Promise<string> {
  const { message } = await stack.client.terminals.send({ params: { id: terminal }, body: { text } });
  await stack.event(
    `message ${message.seq} of ${terminal} is accepted`,
    (event) => event.kind === 'message.accepted' && event.data.message_id === message.id,
  );
  const submitted = recordOf(join(stack.dir, 'record'), terminal).filter((line) => line.n !== undefined);
  return submitted.at(-1)?.text ?? '';
}

/** The stack does its work: it answers, and a message reaches its pane. */
export async function expectServing(stack: Stack, terminal: string): Promise<void> {
  expect(await stack.client.system.ready()).toMatchObject({ ready: true });
  const text = `still serving ${performance.now()}`;
  expect(await deliver(stack, terminal, text)).toBe(text);
}
