/** The database cannot be had. The message says what happened and why; `next`, which ends it, what to do. */
export class PostgresFailure extends Error {
  override readonly name = 'PostgresFailure';
  readonly next: string;

  constructor(what: string, next: string, options?: ErrorOptions) {
    super(`${what}. ${next}`, options);
    this.next = next;
  }
}

/** What the system and Postgres call it, in their own (untranslated) words. */
const KNOWN: readonly (readonly [RegExp, string, (where: string) => string])[] = [
  [
    /ENOSPC|EDQUOT|No space left on device|quota exceeded/i,
    'the disk is full',
    (where) => `Make room in ${where} and start again.`,
  ],
  [
    /EACCES|EPERM|EROFS|Permission denied|Operation not permitted|Read-only file system/i,
    'it may not be written',
    (where) => `Give this user the right to write ${where}, or choose another folder with CAO_HOME.`,
  ],
  [
    /ENOTDIR|EEXIST|Not a directory/i,
    'a file is in the way',
    (where) => `Move away what lies at ${where}, or choose another folder with CAO_HOME.`,
  ],
];

/** Explains an error of the file system or the output of a failed program of Postgres. */
export function explain(what: string, where: string, cause: unknown): PostgresFailure {
  if (cause instanceof PostgresFailure) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = KNOWN.find(([pattern]) => pattern.test(text));
  if (!known)
    return new PostgresFailure(`${what}: ${text}`, 'Correct what is named and start again.', { cause });
  return new PostgresFailure(`${what}: ${known[1]} (${text})`, known[2](where), { cause });
}
