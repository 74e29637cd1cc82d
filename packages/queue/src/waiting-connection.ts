import { RedisConnection } from 'bullmq';

/**
 * The library's connection, without its 60 scripts: a worker waits in its own connection and calls them in the shared one. Made known
 * to a connection they cost 2 ms of processor and some memory, and each host has one.
 */
export class WaitingConnection extends RedisConnection {
  protected override loadCommands(): void {}
}
