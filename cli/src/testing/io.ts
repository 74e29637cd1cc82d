import type { Io } from '../io.ts';

/** No colours, no end of the line: what a pipe sees. */
export const plainIo = {
  width: Number.POSITIVE_INFINITY,
  paint: (_paint: unknown, text: string) => text,
  paintNote: (_paint: unknown, text: string) => text,
} as unknown as Io;
