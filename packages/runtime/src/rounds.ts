/**
 * Does for all what each asks for, one round at a time: who asks while a round is under way shares the next one with all who do.
 * @param round does all that there is to do when it begins.
 * @returns resolves, or rejects, with the first round that begins after the call.
 */
export function inRounds(round: () => Promise<void>): () => Promise<void> {
  let next: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  return () => {
    if (next) return next;
    next = last.then(() => {
      next = undefined;
      return round();
    });
    last = next.catch(() => {});
    return next;
  };
}
