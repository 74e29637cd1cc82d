/**
 * A process that starts the database of the CAO_HOME in its argument. It says `ready {json}` or `failed {json}` on
 * stdout; the line `stop` on stdin stops the database, the end of stdin ends this process and leaves the database be.
 */
import { createInterface } from 'node:readline';
import { startEmbeddedPostgres } from '../src/up/postgres/start.ts';

const say = (word: string, what: object = {}) => process.stdout.write(`${word} ${JSON.stringify(what)}\n`);
const logged: string[] = [];
try {
  const postgres = await startEmbeddedPostgres({
    home: process.argv[2] ?? '',
    log: (line) => {
      logged.push(line);
      say('log', { line });
    },
  });
  say('ready', { url: postgres.url, note: postgres.note, logged });
  for await (const line of createInterface({ input: process.stdin }))
    if (line === 'stop') {
      await postgres.stop();
      say('stopped');
    }
} catch (cause) {
  say('failed', { message: (cause as Error).message, name: (cause as Error).name, logged });
  process.exitCode = 1;
}
