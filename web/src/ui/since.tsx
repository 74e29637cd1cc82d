import { age, useNow } from '../lib/time.ts';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/**
 * An age, with the exact time of this browser's zone for those who point at it.
 * @param withClock the time of day before it, and the day when it was another one
 */
export function Since({ at, withClock = false }: { at: string; withClock?: boolean }) {
  const now = useNow();
  const date = new Date(at);
  const today = day.format(date) === day.format(now);
  const told = withClock ? `${today ? clock.format(date) : exact.format(date)}, ` : '';
  return (
    <time dateTime={at} title={exact.format(date)}>
      {told}
      {age(at, now)}
    </time>
  );
}
