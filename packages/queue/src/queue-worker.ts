import { type ConnectionOptions, type IQueueBackend, Worker } from 'bullmq';
import type { BellData } from './backend.ts';

/**
 * The library's worker, except after a look for stalled bells that failed: there the library pauses for 5 s that no
 * close ends, and the process lives as long. The interval to the next look is pause enough, and ends with the worker.
 */
export class QueueWorker<Backend extends IQueueBackend, Connection = ConnectionOptions> extends Worker<
  BellData,
  void,
  string,
  Backend,
  never,
  Connection
> {
  protected override checkConnectionError<T>(look: () => Promise<T>): Promise<T | undefined> {
    return super.checkConnectionError(look, 0);
  }
}
