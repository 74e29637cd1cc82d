/** Bells between processes: rung by anyone, handled by whoever serves the queue. Redis or Postgres underneath. */
export { NotNow } from './not-now.ts';
export { openQueues, type QueueBackend, type Queues } from './queues.ts';
export type { RedisFinding } from './redis-check.ts';
export { redisUrlMistake } from './redis-url.ts';
export type { BellHandler, Server } from './serve.ts';
export { RING_DEADLINE_MS } from './timing.ts';
