import type { Database } from '@cao/db';
import type { Queues } from '@cao/queue';
import type { Logger } from '@cao/runtime';

export interface Deps {
  readonly database: Database;
  readonly queues: Queues;
  readonly log: Logger;
}
