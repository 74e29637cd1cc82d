/** What every process needs, and nothing of the domain: environment, logger, lifecycle, ids, failpoints. */
export { readEnv } from './env.ts';
export { armFailpoints, type FailpointAction, failpoint } from './failpoint.ts';
export { freePort } from './free-port.ts';
export { ALONE, gather } from './gather.ts';
export { newHostId, newSecret, newTaskId, newTerminalId, newUuid } from './ids.ts';
export { type Lifecycle, lifecycle, type Part, runUntilSignal } from './lifecycle.ts';
export { askToStop, type Lock, type LockInfo, socketPath, takeLock, whoHolds } from './lock.ts';
export { type Locks, makeLocks } from './locks.ts';
export { type Logger, makeLogger, silentLogger } from './logger.ts';
export { onePacket } from './one-packet.ts';
export { inRounds } from './rounds.ts';
export { SERVER_MEMORY } from './server-memory.ts';
export { makeSlots, type Slots } from './slots.ts';
