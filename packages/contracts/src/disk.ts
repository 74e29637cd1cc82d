import { z } from 'zod';

/** How the disk that holds the state of a host refuses writes, in words, and what to do. */
export const diskTable = {
  disk_full: {
    title: 'its disk is full',
    next: 'Free some room on the disk of its state folder; it goes on by itself within seconds.',
  },
  disk_read_only: {
    title: 'its disk is read-only',
    next: 'Mount the disk of its state folder for writing again (its kernel log says why it is not); it goes on by itself.',
  },
  disk_failing: {
    title: 'its disk does not take writes',
    next: 'See the log of its worker-agent for the error, and mend the disk of its state folder; it goes on by itself.',
  },
} as const;

export const diskCondition = z.enum(Object.keys(diskTable) as [DiskCondition, ...DiskCondition[]]);
export type DiskCondition = keyof typeof diskTable;

export const diskTrouble = z.object({
  condition: diskCondition,
  since: z.iso.datetime({ offset: true }).describe("by the host's clock"),
  events: z
    .number()
    .int()
    .min(0)
    .describe('what it had to tell when this was said, and neither its disk nor the api has'),
  records: z
    .number()
    .int()
    .min(0)
    .describe('files about its terminals whose newest content only the memory of its worker-agent has'),
});
export type DiskTrouble = z.infer<typeof diskTrouble>;

/** `its disk is full since 2026-01-02T03:04:05Z`. */
export const sayDisk = ({ condition, since }: DiskTrouble): string =>
  `${diskTable[condition].title} since ${since}`;

/** What only the memory of its worker-agent has, and a restart of it would lose. */
export function sayUnwritten({ events, records }: DiskTrouble): string {
  if (events + records === 0) return 'Nothing waits to be written.';
  const some = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  return `Only in the memory of its worker-agent: ${some(events, 'event')}, ${some(records, 'record')}; do not restart it before the disk is mended.`;
}
