/**
 * The one table of errors: code → HTTP status, exit code of `cao`, whether trying again can help, and what to do next.
 * docs/errors.md is checked against it.
 */
interface ErrorEntry {
  readonly status: number;
  readonly exit: number;
  readonly retryable: boolean;
  readonly next: string;
}

export const errorTable = {
  bad_request: {
    status: 400,
    exit: 2,
    retryable: false,
    next: 'Correct the field that is named and send it again.',
  },
  unauthenticated: {
    status: 401,
    exit: 3,
    retryable: false,
    next: 'Run `cao login URL`, or use the link that `cao up` printed.',
  },
  forbidden: { status: 403, exit: 3, retryable: false, next: 'Use a token with the scope that is named.' },
  not_found: {
    status: 404,
    exit: 4,
    retryable: false,
    next: 'List what exists: `cao session list`, `cao terminal list`, `cao host list`.',
  },
  conflict: { status: 409, exit: 5, retryable: false, next: 'Look at its present state, then decide.' },
  gone: { status: 410, exit: 4, retryable: false, next: 'It has ended; start a new one.' },
  too_large: { status: 413, exit: 2, retryable: false, next: 'Send less; the limit is in the message.' },
  unsupported: {
    status: 415,
    exit: 2,
    retryable: false,
    next: 'Send JSON (content-type: application/json).',
  },
  rate_limited: {
    status: 429,
    exit: 6,
    retryable: true,
    next: 'Wait for the time in Retry-After, then try again.',
  },
  internal: {
    status: 500,
    exit: 1,
    retryable: false,
    next: 'This is a defect; the log of the service that answered has the request id.',
  },
  host_offline: {
    status: 503,
    exit: 6,
    retryable: true,
    next: 'See `cao host list`; start the worker-agent of that host.',
  },
  unavailable: {
    status: 503,
    exit: 6,
    retryable: true,
    next: 'Try again in a moment; the database or a service is restarting.',
  },
  unreachable: {
    status: 503,
    exit: 6,
    retryable: true,
    next: 'Start CAO with `cao up`, or point to it with `cao login URL`.',
  },
  timeout: { status: 504, exit: 7, retryable: true, next: 'It goes on without you; look with `cao why ID`.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;
export const errorCodes = Object.keys(errorTable) as ErrorCode[];

/** Every error that crosses a boundary of ours. `details` names the field and what is allowed, never a secret. */
export class CaoError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CaoError';
    this.code = code;
    this.details = details;
  }
}

/** The body of every error answer: `{error: {code, message, next, retryable, details}}`. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly next: string;
    readonly retryable: boolean;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

export const toErrorBody = (error: CaoError): ErrorBody => {
  const { next, retryable } = errorTable[error.code];
  return { error: { code: error.code, message: error.message, next, retryable, details: error.details } };
};

export const exitCodeOf = (error: unknown): number =>
  error instanceof CaoError ? errorTable[error.code].exit : 1;
