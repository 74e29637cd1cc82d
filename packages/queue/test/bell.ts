import { type Bell, bellPayload } from '@cao/contracts';

/** Deadlines far above what a test takes, unless the test is about them. */
export const bell = (kind: string, options: Partial<Pick<Bell, 'deadlineMs' | 'attempts'>> = {}): Bell => ({
  kind,
  payload: bellPayload,
  deadlineMs: 30_000,
  attempts: 3,
  ...options,
});
