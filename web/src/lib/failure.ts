import { CaoError, errorTable } from '@cao/contracts';

/** An error as people read it: what happened, and what to do next. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

export function toFailure(error: unknown): Failure {
  if (error instanceof CaoError)
    return { code: error.code, message: sentence(error.message), next: errorTable[error.code].next };
  const detail = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message: `This page made a mistake: ${detail}.`,
    next: 'Reload the page; if it comes back, report it with what you did.',
  };
}

/** The api's messages begin small and end without a stop, as log lines do. */
const sentence = (text: string): string => {
  const trimmed = text.trim();
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
};
