import { silentLogger } from '@cao/runtime';
import { openQueues, type QueueBackend } from '../src/index.ts';
import { bell } from './bell.ts';

/**
 * A process that takes a bell, says so on stdout, and never finishes it. Its argument is a QueueBackend as JSON.
 * A line on stdin closes its queues; then nothing may keep it alive.
 */
const backend = JSON.parse(process.argv[2] ?? '') as QueueBackend;
const queues = await openQueues({ backend, log: silentLogger });
await queues.serve('host-a', [bell('mail')], (_kind, id) => {
  process.stdout.write(`${id}\n`);
  return new Promise(() => {});
});
process.stdin.once('data', () => {
  process.stdin.destroy();
  void queues.close();
});
