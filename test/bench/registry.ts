import type { Bench } from './bench.ts';
import { handoff } from './handoff.ts';
import { health } from './health.ts';
import { idle } from './idle.ts';
import { keystroke } from './keystroke.ts';
import { launchMany, launchOne } from './launch.ts';
import { messageEmbedded, messageOtherReplica, messageRedis } from './message.ts';
import { postTime } from './post-time.ts';
import { recovery } from './recovery.ts';
import { status } from './status.ts';
import { sync } from './sync.ts';
import { throughput } from './throughput.ts';
import { up } from './up.ts';
import { workspace } from './workspace.ts';

/** In the order in which they run: what leaves a stack as it was comes before what shakes it. */
export const benches: readonly Bench[] = [
  messageEmbedded,
  messageRedis,
  messageOtherReplica,
  postTime,
  throughput,
  health,
  status,
  keystroke,
  launchOne,
  launchMany,
  workspace,
  sync,
  handoff,
  idle,
  recovery,
  up,
];
