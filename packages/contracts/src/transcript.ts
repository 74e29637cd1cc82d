import { z } from 'zod';

/** Most of a transcript that one answer holds, and how much it holds when nobody says. Units: bytes. */
export const TRANSCRIPT_READ = { most: 1024 * 1024, usual: 256 * 1024 } as const;

const offset = z.number().int().min(0);
const range = { from: offset, to: offset };

/**
 * Output that a transcript does not have. `from` equals `to` where nobody knows how much it was: then tmux redrew the
 * pane's history and screen, and those bytes, which no program wrote, are `redrawn`.
 */
export const transcriptGap = z.object({
  ...range,
  at: z.iso.datetime(),
  why: z.string(),
  redrawn: z.object(range).nullable(),
});
export type TranscriptGap = z.infer<typeof transcriptGap>;

/** A piece of a transcript without a hole. Units: bytes since the birth of the pane; an offset is never given twice. */
export const transcriptPage = z.object({
  ...range,
  /** The oldest byte that is kept, and the end of all that was written so far. */
  first: offset,
  end: offset,
  /** Nothing more will come. */
  closed: z.boolean(),
  /** Those between the offset that was asked for and `to`. */
  gaps: z.array(transcriptGap),
  data: z.string().describe('base64'),
});
export type TranscriptPage = z.infer<typeof transcriptPage>;
