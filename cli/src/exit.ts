import { CaoError, type ErrorBody, type ErrorCode, exitCodeOf, toErrorBody } from '@cao/contracts';
import type { Io } from './io.ts';

/** An error that knows better than the table what to do next. */
export class CliError extends CaoError {
  readonly next: string;
  constructor(
    code: ErrorCode,
    message: string,
    next: string,
    more: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(code, message, more.details, 'cause' in more ? { cause: more.cause } : undefined);
    this.next = next;
  }
}

/** 128 + the signal's number, as shells have it. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type StopSignal = keyof typeof SIGNAL_EXIT;
export const stopSignals = Object.keys(SIGNAL_EXIT) as StopSignal[];

/** Somebody ended this from outside: Ctrl-C, or a service manager. Nothing to report, only to leave. */
export class Interrupted extends Error {
  readonly exitCode: number;
  constructor(signal: StopSignal = 'SIGINT') {
    super(signal === 'SIGINT' ? 'Ctrl-C' : signal);
    this.exitCode = SIGNAL_EXIT[signal];
  }
}

/** A program that ran in our place has said what went wrong; this is its exit code. */
export class SaidElsewhere extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The error as the api would have said it. */
export function errorBody(cause: unknown): ErrorBody {
  if (!(cause instanceof CaoError)) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const body = toErrorBody(new CaoError('internal', message)).error;
    return {
      error: {
        ...body,
        next: 'This is a defect of cao; run it again with CAO_LOG_LEVEL=debug for its trace.',
      },
    };
  }
  const body = toErrorBody(cause);
  return cause instanceof CliError ? { error: { ...body.error, next: cause.next } } : body;
}

/** Says what happened and what to do; returns the exit code. */
export function report(io: Io, cause: unknown, how: { json: boolean; debug: boolean }): number {
  if (cause instanceof Interrupted || cause instanceof SaidElsewhere) return cause.exitCode;
  const body = errorBody(cause);
  if (how.json) io.json(body);
  else {
    io.note(`${io.paintNote('red', 'error:')} ${body.error.message}`);
    io.note(`${io.paintNote('bold', 'next:')} ${body.error.next}`);
  }
  if (how.debug && cause instanceof Error && cause.stack) io.note(cause.stack);
  return exitCodeOf(cause);
}
