/** An API call may not hang because the queue does: its row is written, and what was not rung is found in rounds and by the sweep. */
export const RING_DEADLINE_MS = 500;
/** A readiness probe is asked every few seconds and must answer within its own period. */
export const PING_DEADLINE_MS = 1_000;
/** How long a start waits for a backend that is itself starting. */
export const OPEN_DEADLINE_MS = 5_000;
/** Pause between two looks at a Postgres that is starting. */
export const OPEN_RETRY_MS = 200;

/** On close, handlers get this long to end by themselves; nearly all take milliseconds. */
export const CLOSE_GRACE_MS = 1_000;
/** A server's closing ends here, whatever hangs: what is still locked then is rung again by the stalled check. */
export const CLOSE_DEADLINE_MS = 1_500;
/** Then the connections: together with the servers before them no more than 2 s. */
export const DISCONNECT_DEADLINE_MS = 300;

/**
 * A dead process is noticed when its locks ran out (10 s) and a check sees it (every 5 s): 15 s at worst.
 * Shorter locks would be lost by processes that merely had a slow second.
 */
export const LOCK_MS = 10_000;
export const STALLED_CHECK_MS = 5_000;
/** Deaths a bell survives before it is given up as the cause of them. */
export const MAX_DEATHS = 5;

/** How soon a server asks again after an outage of the backend; the library's own 15 s is too long for a person. */
export const OUTAGE_RETRY_MS = 1_000;
/** First pause before a bell whose handler threw is rung again; doubles with each attempt. */
export const RETRY_DELAY_MS = 250;

/** A peer that vanished without a word (no FIN) is given up after this much silence on a pending command. */
export const SILENT_PEER_MS = 15_000;

/**
 * A worker that waits for a bell asks again after this, whether or not one came: a host is a worker, and a thousand idle ones
 * should cost little. Below the silence of a pending command. Units: s.
 */
export const IDLE_LOOK_S = 12;

/** One line per cause in this time: an outage makes the libraries report many times a second. */
export const LOG_WINDOW_MS = 10_000;
