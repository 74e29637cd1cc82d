/**
 * Compares dotted versions by number: `v24.21.0`, `3.3a`, `next-3.4`. What follows a number is not looked at.
 * @param {string} version
 * @param {readonly number[]} least
 */
export function isAtLeast(version, least) {
  const parts = /\d+(?:\.\d+)*/.exec(version)?.[0].split('.').map(Number);
  if (!parts) return false;
  for (const [place, wanted] of least.entries()) {
    const have = parts[place] ?? 0;
    if (have !== wanted) return have > wanted;
  }
  return true;
}
