import { age, useNow } from '../lib/time.ts';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** An age, with the exact time of this browser's zone for those who point at it. */
export function Since({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exact.format(new Date(at))}>
      {age(at, now)}
    </time>
  );
}
