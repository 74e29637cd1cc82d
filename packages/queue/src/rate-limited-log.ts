import type { Logger } from '@cao/runtime';
import { LOG_WINDOW_MS } from './timing.ts';

/** Writes the first line of each `cause` at once and then one per window, with the number left out between. */
export type RateLimitedLog = (cause: string, fields: Record<string, unknown>, message: string) => void;

export function rateLimitedLog(log: Logger, windowMs = LOG_WINDOW_MS): RateLimitedLog {
  const causes = new Map<string, { until: number; suppressed: number }>();
  return (cause, fields, message) => {
    const now = performance.now();
    const seen = causes.get(cause);
    if (seen && now < seen.until) {
      seen.suppressed++;
      return;
    }
    // Causes are few; those whose window is over are dropped here so that they stay few.
    for (const [key, { until }] of causes) if (until <= now) causes.delete(key);
    causes.set(cause, { until: now + windowMs, suppressed: 0 });
    log.warn(seen?.suppressed ? { ...fields, suppressed: seen.suppressed } : fields, message);
  };
}

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
