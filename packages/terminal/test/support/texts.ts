/** The text of message `seq`: of several lines and sizes, also beyond what fits into one command. */
export const textOf = (seq: number): string => {
  const filler = seq % 7 === 0 ? 'x'.repeat(20_000) : seq % 3 === 0 ? '; $(reboot)\n"é"' : '';
  return `message ${seq} ${filler} end ${seq}`;
};
