import type { TranscriptGap, TranscriptPage } from '@cao/contracts';
import type { Segments } from './segments.ts';

interface Asked {
  /** In the order in which they came about. */
  readonly gaps: readonly TranscriptGap[];
  readonly end: number;
  readonly closed: boolean;
  readonly from: number | undefined;
  readonly limit: number;
}

/** The next bytes from an offset on, and why those before them are missing, if they are. */
export async function readPage(
  segments: Pick<Segments, 'first' | 'end' | 'read'>,
  { gaps, end, closed, ...asked }: Asked,
): Promise<TranscriptPage> {
  const first = segments.end === 0 ? end : segments.first;
  const wanted = Math.min(asked.from ?? first, end);
  const found = await segments.read(wanted, asked.limit);
  const from = found.data.length > 0 ? found.from : end;
  const to = from + found.data.length;
  const known = gaps.filter((gap) => {
    if (gap.to < wanted) return false;
    // Each stands on one page: that of the byte behind it, or the last.
    const place = Math.max(gap.from, wanted);
    return place < to || (place === to && to === end);
  });
  const isTold = from === wanted || known.some((gap) => gap.from < from && gap.to >= from);
  const why = wanted < first ? 'older output is no longer kept' : 'nobody could note why';
  const untold: TranscriptGap = { from: wanted, to: from, at: new Date().toISOString(), why, redrawn: null };
  return {
    from,
    to,
    first,
    end,
    closed,
    gaps: isTold ? known : [untold, ...known],
    data: found.data.toString('base64'),
  };
}
