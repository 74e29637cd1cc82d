/**
 * What a handler throws when the moment is wrong but nothing is: no link, a person scrolls back.
 * The bell goes back into its queue, uses no attempt, and rings again after `delayMs`, or at once when somebody
 * rings it meanwhile.
 */
export class NotNow extends Error {
  readonly delayMs: number;
  constructor(delayMs: number, why = 'not now') {
    super(why);
    this.name = 'NotNow';
    this.delayMs = delayMs;
  }
}
