import type { MessageKind, MessageState, TaskState, TerminalLifecycle, TerminalStatus } from '@cao/contracts';
import { Pool } from 'pg';

export interface MessageRow {
  readonly id: string;
  readonly terminal_id: string;
  readonly seq: number;
  readonly kind: MessageKind;
  readonly sender: string;
  readonly text: string;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly task_id: string | null;
}

export interface TerminalRow {
  readonly id: string;
  readonly host: string | null;
  readonly lifecycle: TerminalLifecycle;
  readonly status: TerminalStatus;
  readonly epoch: number;
  readonly reason: string | null;
}

export interface TaskRow {
  readonly id: string;
  readonly kind: 'handoff' | 'assign';
  readonly requester_id: string | null;
  readonly worker_id: string;
  readonly state: TaskState;
  readonly output: string | null;
  readonly reason: string | null;
}

/** All rows, at one moment. */
export interface Dump {
  readonly messages: readonly MessageRow[];
  readonly terminals: readonly TerminalRow[];
  readonly tasks: readonly TaskRow[];
}

/** What a running storm has to know of the rows. */
export interface Snapshot {
  /** When it was asked for (performance.now). */
  readonly at: number;
  /** Messages that somebody sent; those of the system itself are not counted. */
  readonly sent: number;
  /** Messages that are not settled, by terminal. */
  readonly open: ReadonlyMap<string, number>;
  /** Messages that a CLI, which lives, took and has not answered: it may yet send others. */
  readonly unanswered: number;
  readonly terminals: ReadonlyMap<string, TerminalRow>;
  readonly runningTasks: number;
  /** Workers that are left over: their task has ended, and they live on. */
  readonly idleWorkers: readonly string[];
}

/** The checker's own eye on Postgres, beside the system that it checks. */
export interface LedgerEye {
  now(): Snapshot;
  /** Resolves with the first snapshot, taken from now on, that is accepted; undefined after `ms`. */
  until(accept: (snapshot: Snapshot) => boolean, ms: number): Promise<Snapshot | undefined>;
  /** Calls for each snapshot. */
  each(look: (snapshot: Snapshot) => void): void;
  dump(): Promise<Dump>;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 150;
/** A server that is frozen takes connections and never answers. Units: ms. */
const QUERY_MS = 5_000;

export async function watchLedger(url: string): Promise<LedgerEye> {
  const pool = new Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: 2_000,
    query_timeout: QUERY_MS,
  });
  // Postgres is one of what is killed: the next look connects again.
  pool.on('error', () => {});
  const rows = async <T>(sql: string): Promise<T[]> => (await pool.query(sql)).rows as T[];

  const look = async (): Promise<Snapshot> => {
    const at = performance.now();
    const [seen] = await rows<Looked>(LOOK);
    const { sent, open, unanswered, terminals, running, idle } = seen!;
    return {
      at,
      sent,
      open: new Map(open.map(({ id, n }) => [id, n])),
      unanswered,
      terminals: new Map(terminals.map((row) => [row.id, row])),
      runningTasks: running,
      idleWorkers: idle.map(({ id }) => id),
    };
  };

  let latest = await look();
  const lookers = new Set<(snapshot: Snapshot) => void>();
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      const next = await look().catch(() => null);
      if (!next) continue; // Postgres is away
      latest = next;
      for (const looker of lookers) looker(next);
    }
  })();

  return {
    now: () => latest,
    each: (looker) => void lookers.add(looker),
    until: (accept, ms) =>
      new Promise((resolve) => {
        const end = (snapshot?: Snapshot) => {
          clearTimeout(timer);
          lookers.delete(looker);
          resolve(snapshot);
        };
        const looker = (snapshot: Snapshot) => {
          if (accept(snapshot)) end(snapshot);
        };
        const timer = setTimeout(end, ms);
        lookers.add(looker);
      }),
    async dump() {
      return {
        messages: await rows<MessageRow>(
          `select id, terminal_id, seq::int, kind, sender, text, state, reason, task_id from messages order by created_at, seq`,
        ),
        terminals: await rows<TerminalRow>(TERMINALS),
        tasks: await rows<TaskRow>(
          `select id, kind, requester_id, worker_id, state, output, reason from tasks order by created_at`,
        ),
      };
    },
    async stop() {
      stopped = true;
      await watching;
      await pool.end();
    },
  };
}

const TERMINALS = `select t.id, h.name as host, t.lifecycle, t.status, t.epoch, t.reason
  from terminals t left join hosts h on h.id = t.host_id`;

interface Looked {
  readonly sent: number;
  readonly open: readonly { readonly id: string; readonly n: number }[];
  readonly unanswered: number;
  readonly terminals: readonly TerminalRow[];
  readonly running: number;
  readonly idle: readonly { readonly id: string }[];
}

const listOf = (sql: string) => `(select coalesce(json_agg(each), '[]') from (${sql}) as each)`;

/** The end of its turn was told before the proof that it had begun: the sweep finds these some time later. */
const FORGOTTEN = `t.status in ('idle', 'completed') and t.turn_ended_at > m.created_at
  and m.accepted_at < now() - interval '2 seconds'`;

/** One statement, so that all of it is of one moment: what one part of it leaves is in another one then. */
const LOOK = `select
  (select count(*)::int from messages where kind <> 'system') as sent,
  ${listOf(`select terminal_id as id, count(*)::int as n from messages where state in ('queued', 'pasted') group by 1`)} as open,
  (select count(*)::int from messages m join terminals t on t.id = m.terminal_id
    where m.state = 'accepted' and m.ended_at is null and t.lifecycle = 'live' and not (${FORGOTTEN})) as unanswered,
  ${listOf(TERMINALS)} as terminals,
  (select count(*)::int from tasks where state = 'running') as running,
  ${listOf(`select w.id from tasks t join terminals w on w.id = t.worker_id
    where t.state <> 'running' and w.lifecycle <> 'closed' and w.closing is null`)} as idle`;
