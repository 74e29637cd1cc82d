import { type EventKind, type EventView, eventKinds } from '@cao/contracts';
import { expect, test } from 'vitest';
import { staleAfter } from './stale.ts';

const event = (kind: EventKind): EventView => ({
  id: 1,
  at: '2026-01-01T00:00:00Z',
  kind,
  session_name: 'cao-one',
  terminal_id: /^(host|session)\./.test(kind) ? null : 'a0000001',
  host_id: 'b0000001',
  task_id: null,
  data: {},
});

const nobody: ReadonlySet<string> = new Set();
const looked: ReadonlySet<string> = new Set(['a0000001']);

/** They change nothing that the page shows, or come with an event that does. */
const silent: readonly EventKind[] = ['task.created', 'task.ended', 'task.answered', 'token.rejected'];

test.each(eventKinds.filter((kind) => !silent.includes(kind)))('%s makes something stale', (kind) => {
  expect(staleAfter(event(kind), nobody)).not.toEqual([]);
});

test('the inbox and the reason are fetched only of a terminal that somebody looks at', () => {
  expect(staleAfter(event('message.queued'), nobody)).toEqual(['terminal:a0000001']);
  expect(staleAfter(event('message.queued'), looked)).toContain('inbox:a0000001');
  expect(staleAfter(event('terminal.status'), looked)).toContain('why:a0000001');
});

test('the end of a terminal touches its host and its session', () => {
  expect(staleAfter(event('terminal.closed'), nobody)).toEqual([
    'terminal:a0000001',
    'hosts',
    'session:cao-one',
  ]);
});
