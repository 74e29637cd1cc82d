import { CliError } from '../exit.ts';

/** Postgres is no child of ours, so nothing tells us when it dies. Reading its pid file costs nothing. Units: ms. */
const LOOK_MS = 1_000;
/** Between tries to start it again: what made it die (a full disk) is rarely over at once. Units: ms. */
const RETRY_MS = 5_000;

export interface RunningDatabase extends AsyncDisposable {
  readonly url: string;
}

/**
 * The embedded Postgres of one CAO_HOME, watched: startEmbeddedPostgres adopts a server that runs and starts one that
 * does not, so asking again is the whole repair.
 */
export async function startDatabase(home: string, say: (line: string) => void): Promise<RunningDatabase> {
  // Imported late: with DATABASE_URL nothing of it is needed.
  const { startEmbeddedPostgres } = await import('./postgres/start.ts');
  const { preparePlace } = await import('./postgres/place.ts');
  const { findPostmaster } = await import('./postgres/postmaster.ts');

  let postgres = await startEmbeddedPostgres({ home, log: say }).catch(async (cause) => {
    throw await explained(cause);
  });
  if (postgres.note !== null) say(postgres.note);
  const { data } = await preparePlace(home);

  let stopped = false;
  let timer: NodeJS.Timeout;
  let looking: Promise<void> = Promise.resolve();
  const lookLater = (ms: number) => {
    timer = setTimeout(() => {
      looking = look();
    }, ms).unref();
  };
  const look = async () => {
    const runs = (await findPostmaster(data)) !== undefined;
    if (stopped) return;
    if (runs) return lookLater(LOOK_MS);
    say('the database has died; starting it again');
    try {
      postgres = await startEmbeddedPostgres({ home, log: say });
      if (!stopped) lookLater(LOOK_MS);
    } catch (cause) {
      say(`it could not be started: ${(await explained(cause)).message}`);
      if (!stopped) lookLater(RETRY_MS);
    }
  };
  lookLater(LOOK_MS);
  return {
    url: postgres.url,
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await looking;
      await postgres.stop();
    },
  };
}

async function explained(cause: unknown): Promise<Error> {
  const { PostgresFailure } = await import('./postgres/failure.ts');
  if (!(cause instanceof PostgresFailure)) return cause as Error;
  // Its message ends with what to do, which has a line of its own here.
  const what = cause.message.replace(cause.next, '').replace(/[.\s]*$/, '');
  return new CliError('unavailable', what, cause.next, { cause });
}
