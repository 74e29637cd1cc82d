import { expect, it } from 'vitest';
import { sql } from '../src/drizzle.ts';
import { appendEvent, dropOldEvents, EVENT_CHANNEL, eventsAfter, eventsIn } from '../src/index.ts';
import { commit, openDatabase } from './setup.ts';

it('an event is told as it is read from the log, and a long one by its id alone', async () => {
  await using database = await openDatabase();
  const told: string[] = [];
  const both = Promise.withResolvers<void>();
  await database.listen(EVENT_CHANNEL, (payload) => {
    told.push(payload ?? '');
    if (told.length === 2) both.resolve();
  });
  await appendEvent(database.db, {
    kind: 'message.dead',
    sessionName: 'cao-é "quoted"',
    terminalId: 'ab000002',
    data: { seq: 3, nothing: null, nested: { list: [1, 'two\n'] } },
  });
  await appendEvent(database.db, { kind: 'host.joined', data: { long: 'x'.repeat(9_000) } });
  await both.promise;
  const [short, long] = await eventsAfter(database.db, { after: 0, limit: 10 });
  expect(told.map((text) => JSON.parse(text))).toEqual([short, { id: long!.id }]);
});

it('events of one moment share notifications, in their order', async () => {
  await using database = await openDatabase();
  const count = 100;
  const payloads: string[] = [];
  const told = () => payloads.flatMap(eventsIn);
  const all = Promise.withResolvers<void>();
  await database.listen(EVENT_CHANNEL, (payload) => {
    payloads.push(payload ?? '');
    if (told().length === count) all.resolve();
  });
  await commit(database, async ({ tx }) => {
    for (let n = 0; n < count; n++)
      await appendEvent(tx, { kind: 'host.joined', data: { n, long: 'é'.repeat(n === 50 ? 4_000 : 200) } });
  });
  await all.promise;
  const events = await eventsAfter(database.db, { after: 0, limit: count });
  expect(told()).toEqual(events.map((event, n) => (n === 50 ? { id: event.id } : event)));
  expect(payloads.length).toBeLessThan(count / 8);
});

it('events are kept for so many days, and the oldest go first, a few at a time', async () => {
  await using database = await openDatabase();
  const { db } = database;
  for (let n = 0; n < 5; n++) await appendEvent(db, { kind: 'host.joined', data: { n } });
  const kept = async () => (await eventsAfter(db, { after: 0, limit: 10 })).map(({ data }) => data.n);
  await db.execute(
    sql`update events set at = now() - interval '8 days' where (data ->> 'n')::int in (0, 1, 2)`,
  );
  expect(await dropOldEvents(db, 9, 10)).toBe(0);
  expect(await dropOldEvents(db, 7, 2)).toBe(2);
  expect(await kept()).toEqual([2, 3, 4]);
  expect(await dropOldEvents(db, 7, 2)).toBe(1);
  expect(await kept()).toEqual([3, 4]);
});
