import type { Job, JobsOptions, WorkerOptions } from 'bullmq';
import type { RedisFinding } from './redis-check.ts';

/** What lies in a job: the id of the row to look at, nothing else. */
export interface BellData {
  readonly id: string;
}

export type BellJob = Job<BellData, void>;
export type BellProcessor = (job: BellJob, token?: string) => Promise<void>;

/** The part of the library's Queue that we use; the same on both backends. */
export interface BellQueue {
  add(kind: string, data: BellData, options: JobsOptions): Promise<unknown>;
  getJobScheduler(id: string): Promise<unknown>;
  upsertJobScheduler(
    id: string,
    repeat: { every: number },
    template: { name: string; data: BellData; opts: JobsOptions },
  ): Promise<unknown>;
  close(): Promise<void>;
}

/** The part of the library's Worker that we use. */
export interface BellWorker {
  on(event: 'error', listener: (cause: Error) => void): unknown;
  on(event: 'failed', listener: (job: BellJob | undefined, cause: Error) => void): unknown;
  on(event: 'stalled', listener: (jobId: string) => void): unknown;
  close(): Promise<void>;
}

/** The two constructors, the connections under them, and how they end. One implementation per kind of backend. */
export interface Backend {
  /** For logs and errors: which backend, never its password. */
  readonly where: string;
  queue(name: string, onError: (cause: Error) => void): BellQueue;
  worker(name: string, processor: BellProcessor, options: Omit<WorkerOptions, 'connection'>): BellWorker;
  /** Frees a worker from the connection in which it waits: if that has no peer, as it begins to close, or now, when it should have. */
  cut(worker: BellWorker, how: 'if parked' | 'now'): void;
  /** Says something to every process that hears, now; nobody else ever gets it. Rejects when it could not be said. */
  tell(text: string): Promise<void>;
  /** Hears what is told, also by this process, until the backend is closed. What is told in an outage is missed. */
  hear(listener: (text: string) => void): void;
  /** What its operator should know of the server, as of now. */
  inspect(): Promise<readonly RedisFinding[]>;
  /** Rejects when the backend does not answer. No deadline of its own. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
