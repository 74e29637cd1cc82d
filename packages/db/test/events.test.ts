import { expect, it } from 'vitest';
import { appendEvent, EVENT_CHANNEL, eventsAfter } from '../src/index.ts';
import { openDatabase } from './setup.ts';

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
