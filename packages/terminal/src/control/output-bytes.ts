const BACKSLASH = 92;
const ZERO = 48;

/** tmux writes bytes below 0x20 and the backslash as `\ooo`, and all others (so UTF-8 too) as they are. */
export function outputBytes(line: Buffer, from: number): Buffer {
  let next = line.indexOf(BACKSLASH, from);
  if (next === -1) return line.subarray(from);
  const bytes = Buffer.allocUnsafe(line.length - from);
  let length = 0;
  let start = from;
  while (next !== -1) {
    length += line.copy(bytes, length, start, next);
    const [a = ZERO, b = ZERO, c = ZERO] = line.subarray(next + 1, next + 4);
    bytes[length++] = ((a - ZERO) << 6) | ((b - ZERO) << 3) | (c - ZERO);
    start = next + 4;
    next = line.indexOf(BACKSLASH, start);
  }
  length += line.copy(bytes, length, start);
  return bytes.subarray(0, length);
}
