import { CliError } from '../exit.ts';

/**
 * The embedded Postgres of one CAO_HOME, watched: startEmbeddedPostgres adopts a server that runs and starts one that
 * does not, so asking again is the whole repair.
 */
export async function startDatabase(
  home: string,
  say: (line: string) => void,
): Promise<{ url: string; stop(): Promise<void> }> {
  // Imported late: with DATABASE_URL nothing of it is needed.
  const { startEmbeddedPostgres } = await import('./postgres/start.ts');
  const { PostgresFailure } = await import('./postgres/failure.ts');
  try {
    const postgres = await startEmbeddedPostgres({ home, log: say });
    if (postgres.note !== null) say(postgres.note);
    return postgres;
  } catch (cause) {
    if (!(cause instanceof PostgresFailure)) throw cause;
    const message = cause.message.endsWith(cause.next)
      ? cause.message.slice(0, -cause.next.length)
      : cause.message;
    throw new CliError('unavailable', message.replace(/\.\s*$/, ''), cause.next, { cause });
  }
}
