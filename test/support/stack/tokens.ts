import { createHash } from 'node:crypto';
import { connect, storeCode, storeToken } from '@cao/db';
import { newSecret, silentLogger } from '@cao/runtime';
import type { Stack } from './with-stack.ts';

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');
/** Units: seconds. */
const AN_HOUR = 3600;

async function inDatabase<T>(stack: Stack, work: (db: ReturnType<typeof connect>['db']) => Promise<T>) {
  const database = connect({ url: stack.databaseUrl, log: silentLogger, max: 1 });
  try {
    return await work(database.db);
  } finally {
    await database.close();
  }
}

/** A token that no endpoint gives out yet: of a smaller scope, or one that has expired. */
export async function storedToken(
  stack: Stack,
  scope: 'viewer' | 'operator' | 'admin',
  ttlSeconds: number = AN_HOUR,
): Promise<string> {
  const token = newSecret('caot');
  await inDatabase(stack, (db) => storeToken(db, { hash: hashOf(token), scope, name: scope, ttlSeconds }));
  return token;
}

/** A login code or join token that expired before anybody used it. */
export async function expiredCode(stack: Stack, purpose: 'login' | 'join'): Promise<string> {
  const code = newSecret('caol');
  await inDatabase(stack, (db) => storeCode(db, { hash: hashOf(code), purpose, ttlSeconds: -1 }));
  return code;
}
