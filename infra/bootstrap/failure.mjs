/** Something the person has to decide or repair. `message`: what happened and why; `next`: what to do about it. */
export class Unable extends Error {
  constructor(message, next, exitCode = 1) {
    super(message);
    this.next = next;
    this.exitCode = exitCode;
  }
}
