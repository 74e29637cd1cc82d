import { expect, test } from 'vitest';
import { sql } from '../src/drizzle.ts';
import { beatReplica, noteHealth } from '../src/index.ts';
import { openDatabase } from './setup.ts';

const REPLICA = '00000000-0000-4000-8000-000000000002';
const WAIT_S = 60;

/** A scheduler that has watched for two minutes, then this happened; whether it may judge now. */
async function mayJudge(happened: {
  seenAgo: number;
  replica: boolean;
  waitedFor?: number;
}): Promise<boolean> {
  await using database = await openDatabase();
  const { db } = database;
  if (happened.replica) await beatReplica(db, REPLICA, null);
  await noteHealth(db, happened.waitedFor ?? WAIT_S);
  await db.execute(
    sql`update health set since = now() - interval '2 minutes', seen_at = now() - make_interval(secs => ${happened.seenAgo})`,
  );
  return await noteHealth(db, WAIT_S);
}

test.each([
  ['one that has been well all the while may', { seenAgo: 5, replica: true }, true],
  [
    'another one that looked at the same moment takes nothing from it',
    { seenAgo: -0.5, replica: true },
    true,
  ],
  ['one that stood still may not', { seenAgo: 20, replica: true }, false],
  ['a clock that was put back begins anew', { seenAgo: -3_600, replica: true }, false],
  ['without a replica nobody could be heard of', { seenAgo: 5, replica: false }, false],
  [
    'a shorter wait than before holds once the longer one is over',
    { seenAgo: 5, replica: true, waitedFor: 600 },
    false,
  ],
])('%s', async (_what, happened, may) => {
  expect(await mayJudge(happened)).toBe(may);
});
