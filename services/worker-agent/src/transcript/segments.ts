import { existsSync, readdirSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Units: bytes. The oldest segments go when one transcript has more than the second. */
const SEGMENT_BYTES = 1024 * 1024;
const KEPT_BYTES = 64 * 1024 * 1024;

interface Segment {
  readonly start: number;
  size: number;
}

export interface SegmentSizes {
  readonly segment: number;
  readonly kept: number;
}

/**
 * The bytes of one transcript as files, each named by the offset of its first byte: `<start>.log`, 0600. Where one ends
 * before the next begins, bytes are missing. Nothing is ever rewritten.
 */
export interface Segments {
  /** The oldest byte that is kept, and the end of the newest. */
  readonly first: number;
  readonly end: number;
  /** Appends at `offset`, which is the end or lies behind it. @throws the file system's error; what was written counts. */
  write(offset: number, bytes: Buffer): Promise<void>;
  /** Bytes without a hole, from `from` or from the next byte behind it that there is; none when there is none. */
  read(from: number, limit: number): Promise<{ from: number; data: Buffer }>;
  /** When the newest byte was written, as ISO 8601; null when there is none. */
  writtenAt(): string | null;
  close(): Promise<void>;
}

const NAME = /^(\d{16})\.log$/;
const nameOf = (start: number): string => `${String(start).padStart(16, '0')}.log`;

export function openSegments(
  dir: string,
  sizes: SegmentSizes = { segment: SEGMENT_BYTES, kept: KEPT_BYTES },
): Segments {
  const list: Segment[] = (existsSync(dir) ? readdirSync(dir) : [])
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .sort()
    .map((digits) => ({ start: Number(digits), size: statSync(join(dir, `${digits}.log`)).size }));
  const pathOf = (segment: Segment) => join(dir, nameOf(segment.start));
  const end = () => {
    const last = list.at(-1);
    return last ? last.start + last.size : 0;
  };
  /** The file of the last segment, while it is written to. */
  let file: FileHandle | undefined;

  const closeFile = async () => {
    const open = file;
    file = undefined;
    await open?.close();
  };
  const dropOldest = async () => {
    while (list.length > 1 && list.reduce((sum, { size }) => sum + size, 0) > sizes.kept - sizes.segment)
      await rm(pathOf(list.shift()!), { force: true });
  };
  const next = async (start: number) => {
    await closeFile();
    const segment = { start, size: 0 };
    await mkdir(dir, { recursive: true, mode: 0o700 });
    file = await open(pathOf(segment), 'a', 0o600);
    list.push(segment);
    await dropOldest();
  };

  return {
    get first() {
      return list[0]?.start ?? 0;
    },
    get end() {
      return end();
    },
    async write(offset, bytes) {
      const full = (list.at(-1)?.size ?? 0) >= sizes.segment;
      if (!file || full || offset !== end()) await next(offset);
      const segment = list.at(-1)!;
      try {
        await file!.appendFile(bytes);
        segment.size += bytes.length;
      } catch (error) {
        // A part may be there, and is right; what follows begins a file of its own.
        segment.size = statSync(pathOf(segment)).size;
        await closeFile().catch(() => {});
        if (segment.size === 0) {
          list.pop();
          // Else a full disk gets a file for each write that it refuses.
          await rm(pathOf(segment), { force: true }).catch(() => {});
        }
        throw error;
      }
    },
    async read(from, limit) {
      let at = from;
      const parts: Buffer[] = [];
      let left = limit;
      for (const segment of [...list]) {
        if (segment.start + segment.size <= at) continue;
        if (segment.start > at) {
          if (parts.length > 0) break;
          at = segment.start;
        }
        const length = Math.min(left, segment.start + segment.size - at);
        const part = await readPart(pathOf(segment), at - segment.start, length);
        // Dropped while this was read: what is left begins later.
        if (part === null) continue;
        parts.push(part);
        at += part.length;
        left -= part.length;
        if (left <= 0) break;
      }
      const data = Buffer.concat(parts);
      return { from: at - data.length, data };
    },
    writtenAt() {
      const last = list.at(-1);
      return last ? statSync(pathOf(last)).mtime.toISOString() : null;
    },
    close: closeFile,
  };
}

/** @returns null when the file is not there any more. */
async function readPart(path: string, position: number, length: number): Promise<Buffer | null> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return null;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
