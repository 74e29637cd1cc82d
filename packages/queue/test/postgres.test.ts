import { type AddressInfo, connect, createServer } from 'node:net';
import { silentLogger } from '@cao/runtime';
import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { freshDatabase, privatePostgres } from '../../../test/support/services.ts';
import { openQueues } from '../src/index.ts';
import { bell, CLOSE_MS, open, recorder, timed } from './backends.ts';
import { startServer } from './server.ts';

const mail = bell('mail');

async function ask<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url, application_name: 'asking' });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('lets many processes start on an empty database at the same moment', async () => {
  await using database = await freshDatabase();
  const backend = { kind: 'postgres', url: database.url } as const;
  const all = await Promise.all(Array.from({ length: 8 }, () => openQueues({ backend, log: silentLogger })));
  await Promise.all(all.map((queues) => queues.ping()));
  await Promise.all(all.map((queues) => queues.close()));
  const versions = await ask<{ version: number }>(database.url, 'SELECT version FROM bullmq.migration');
  expect(new Set(versions.map(({ version }) => version)).size).toBe(versions.length);
});

it('takes at most five connections for twenty hosts, all served and rung, and leaves none', async () => {
  await using database = await freshDatabase();
  const backend = { kind: 'postgres', url: database.url } as const;
  const queues = await openQueues({ backend, log: silentLogger });
  const calls = recorder<string>();
  const hosts = Array.from({ length: 20 }, (_, n) => `host-h${n}`);
  for (const host of hosts) await queues.serve(host, [mail], async () => calls.note(host));
  await Promise.all(hosts.map((host) => queues.ring(host, mail, 't1')));
  await calls.until(20);
  const count = `SELECT count(*)::int AS n FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'asking'`;
  const [busy] = await ask<{ n: number }>(database.url, count);
  expect(busy!.n).toBeLessThanOrEqual(5);
  await queues.close();
  // The pool does not wait until the server has heard its goodbye.
  await expect.poll(() => ask<{ n: number }>(database.url, count), { timeout: 2_000 }).toEqual([{ n: 0 }]);
});

it('waits for a server that is so busy at its start that a connection is not answered in time', async () => {
  await using database = await freshDatabase();
  const url = new URL(database.url);
  const to = Number(url.port);
  let silent = 1;
  const busy = createServer((socket) => {
    socket.on('error', () => {});
    if (silent-- > 0) return;
    const server = connect(to, '127.0.0.1').on('error', () => socket.destroy());
    socket.pipe(server).pipe(socket);
  });
  onTestFinished(() => void busy.close());
  await new Promise<void>((listening) => busy.listen(0, '127.0.0.1', listening));
  url.port = String((busy.address() as AddressInfo).port);
  await using queues = await open({
    backend: { kind: 'postgres', url: url.href },
    [Symbol.asyncDispose]: async () => {},
  });
  await queues.ping();
});

it('keeps to the schema it was given', async () => {
  await using database = await freshDatabase();
  const schema = 'bells_of_ours';
  const backend = { kind: 'postgres', url: database.url, schema } as const;
  await using queues = await open({ backend, [Symbol.asyncDispose]: async () => {} });
  const calls = recorder<string>();
  await queues.serve('host-a', [mail], async (_kind, id) => calls.note(id));
  await queues.ring('host-a', mail, 't1');
  await calls.until(1);
  const schemas = await ask<{ name: string }>(
    database.url,
    `SELECT DISTINCT schemaname AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  expect(schemas).toEqual([{ name: schema }]);
});

it('goes on when an administrator ends its connections, also the one that listens', async () => {
  await using database = await freshDatabase();
  const backend = { kind: 'postgres', url: database.url } as const;
  await using queues = await open({ backend, [Symbol.asyncDispose]: async () => {} });
  const calls = recorder<string>();
  await queues.serve('host-a', [mail], async (_kind, id) => calls.note(id));
  await queues.ring('host-a', mail, 't1');
  await calls.until(1);
  await ask(
    database.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'cao-queue'`,
  );
  while (!(await queues.ring('host-a', mail, 't2'))) await new Promise((resolve) => setImmediate(resolve));
  expect((await calls.until(2))[1]).toBe('t2');
});

it('ends at once although the database went away in the middle of its look for stalled bells', async () => {
  await using postgres = await privatePostgres();
  const backend = { kind: 'postgres', url: postgres.url } as const;
  await using queues = await open({ backend, [Symbol.asyncDispose]: async () => {} });
  const holder = new Client({ connectionString: postgres.url });
  holder.on('error', () => {}); // it is meant to break
  await holder.connect();
  // What each look writes first: with this row held, the look waits.
  await holder.query(`BEGIN; INSERT INTO bullmq.meta VALUES ('host-a', 'stalled-check', '0')`);
  await using server = startServer(backend);
  await queues.ring('host-a', mail, 't1');
  await server.taken();
  const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
  const [held] = await ask<{ n: number }>(postgres.url, waiting);
  expect(held!.n).toBe(1);
  await postgres.stop();
  const exited = server.close();
  expect(await timed(exited)).toBeLessThan(CLOSE_MS + 1_000);
  expect(await exited).toEqual([0, null]);
});
