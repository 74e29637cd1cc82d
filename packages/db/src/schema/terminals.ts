import type {
  Checkpoint,
  Failure,
  TerminalLifecycle,
  TerminalStatus,
  Usage,
  Workspace,
} from '@cao/contracts';
import { bigint, boolean, index, integer, jsonb, pgTable, sql, text } from '../drizzle.ts';
import { createdAt, instant } from './columns.ts';
import { hosts } from './hosts.ts';

/** On its way to another host, from the pane that it had. */
export interface Move {
  /** The host that it left, and that host's name. */
  readonly host: string;
  readonly hostName: string;
  readonly epoch: number;
  /** The CLI whose conversation it was, and where it ran. */
  readonly provider: string;
  readonly cwd: string | null;
  /** What comes along; null until that host has told. */
  readonly checkpoint: Checkpoint | null;
}

export const terminals = pgTable(
  'terminals',
  {
    id: text('id').primaryKey(),
    sessionName: text('session_name').notNull(),
    agentProfile: text('agent_profile').notNull(),
    /** The profile's file as it was at launch: a later install changes no running agent. */
    profileContent: text('profile_content').notNull(),
    /** The CLI it runs, or will run if a host fits; `providers` is the chain it was taken from. */
    provider: text('provider').notNull(),
    providers: text('providers').array().notNull(),
    hostId: text('host_id').references(() => hosts.id),
    epoch: integer('epoch').notNull().default(1),
    lifecycle: text('lifecycle').$type<TerminalLifecycle>().notNull().default('placing'),
    /** Somebody asked for its end; the host has not confirmed it yet. */
    closing: text('closing'),
    status: text('status').$type<TerminalStatus>().notNull().default('starting'),
    statusSource: text('status_source').notNull().default('none'),
    statusEvidence: text('status_evidence').notNull().default(''),
    statusAt: instant('status_at').notNull().default(sql`now()`),
    /** The last seq given out, and the last one really pasted under this epoch. */
    lastSeq: bigint('last_seq', { mode: 'number' }).notNull().default(0),
    pastedSeq: bigint('pasted_seq', { mode: 'number' }).notNull().default(0),
    callerId: text('caller_id'),
    allowedTools: text('allowed_tools').array().notNull(),
    /** What its children may get at most: what the person who launched the session allowed. */
    toolCeiling: text('tool_ceiling').array().notNull(),
    /** Limits that its CLI cannot enforce, in words. */
    onlyAsked: text('only_asked').array().notNull().default(sql`'{}'`),
    yolo: boolean('yolo').notNull().default(false),
    /** Where it works; until it has started, and on another host again, what was asked for. */
    cwd: text('cwd'),
    wishCwd: text('wish_cwd'),
    /** The repository that it works on in a worktree of its own: where from, which branch, and what became of it. */
    workspace: jsonb('workspace').$type<Workspace>(),
    /** When its present host was chosen; a start that takes too long is taken away from it. */
    placedAt: instant('placed_at'),
    wishHost: text('wish_host'),
    /** On no host where another terminal of its session is. */
    wishApart: boolean('wish_apart').notNull().default(false),
    wishLabels: text('wish_labels').array().notNull().default(sql`'{}'`),
    /** The CLI's own id of the conversation; ours, until it says another. */
    nativeSessionId: text('native_session_id').notNull(),
    /** It goes on with a conversation that another terminal had. */
    resumes: text('resumes'),
    tokenHash: text('token_hash').unique(),
    reason: text('reason'),
    /** Why it is not in its first pane any more: its CLI is told, as its earlier conversation may be gone. */
    movedBecause: text('moved_because'),
    /** Null once it runs again. */
    move: jsonb('move').$type<Move>(),
    lastAnswer: text('last_answer'),
    /** When its last turn ended; null where work in the background goes on. */
    turnEndedAt: instant('turn_ended_at'),
    /** Of its last turn; null once one went well. */
    failure: jsonb('failure').$type<Failure>(),
    usage: jsonb('usage').$type<Usage>(),
    createdAt: createdAt(),
    closedAt: instant('closed_at'),
  },
  (t) => [
    index('terminals_session').on(t.sessionName),
    index('terminals_host_open').on(t.hostId).where(sql`lifecycle <> 'closed'`),
    index('terminals_placing').on(t.createdAt).where(sql`lifecycle = 'placing'`),
  ],
);
