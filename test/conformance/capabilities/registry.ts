import type { Provider } from '@cao/providers';
import type { Stage } from '../stage.ts';
import { background, exact, parts, systemPrompt } from './answers.ts';
import { accepted, clearInput, held, long, plainText } from './delivery.ts';
import { drained, moved } from './drain.ts';
import { noSecretInArgv, quit, resume } from './life.ts';
import { afterDeath, allow, byHand, deny, interrupt, seen, yolo } from './permission.ts';
import { completed, idle, notLoggedIn, processing, serverError, start } from './status.ts';
import { killedInHandoff, longHandoff, story } from './team.ts';
import { agentKilled, call, longCall, restriction } from './tools.ts';

export interface Capability {
  /** Throws when the CLI does not have it; what it returns is a figure for the matrix. */
  run(stage: Stage, minutes: number): Promise<string>;
  /** Why this provider does not claim it; null when it does. */
  unclaimed?(provider: Provider): string | null;
  /** Takes minutes: run with `--long`, `--minutes` or by its name only. */
  readonly long?: true;
  /** What it does to the system leaves the status of its agent open: it is not scored. */
  readonly unscored?: true;
}

/** In the order in which they run: one conversation goes through most of them. */
export const capabilities = {
  start: { run: start },
  idle: { run: idle },
  'message accepted': { run: accepted },
  completed: { run: completed },
  'processing while streaming': { run: processing },
  'system prompt': { run: systemPrompt },
  'last answer, streamed': { run: parts },
  'last answer, exact': { run: exact },
  '100 KB message, exact': { run: long },
  'commands are plain text': { run: plainText },
  'message while busy is held': { run: held },
  'clear the input': { run: clearInput },
  'permission seen': { run: seen },
  'permission allowed': { run: allow },
  'permission denied': { run: deny },
  'permission answered by hand': { run: byHand },
  'permission answered after a death': { run: afterDeath, unscored: true },
  interrupt: { run: interrupt },
  'MCP tool call': { run: call },
  'agent killed in an MCP call': { run: agentKilled, unscored: true },
  '240-second MCP call': { run: longCall, long: true },
  'background work': { run: background, unscored: true },
  'error of the model, 500': { run: serverError },
  'error of the model, 401': { run: notLoggedIn },
  'tool restriction': { run: restriction },
  'yolo asks nothing': { run: yolo },
  'no secret in argv': { run: noSecretInArgv },
  'quit leaves no process': { run: quit },
  resume: {
    run: resume,
    unclaimed: ({ resumes }) => (resumes ? null : 'its provider does not claim it'),
    unscored: true,
  },
  'team: assign, assign, handoff': { run: story, unscored: true },
  'team: requester agent killed in its handoff': { run: killedInHandoff, unscored: true },
  'team: its host is drained': { run: drained, unscored: true },
  'team: its conversation moves': {
    run: moved,
    unclaimed: ({ conversation }) =>
      conversation ? null : 'its conversations lie where they cannot be taken from',
    unscored: true,
  },
  'team: a handoff of minutes': { run: longHandoff, unscored: true, long: true },
} as const satisfies Readonly<Record<string, Capability>>;

export type CapabilityName = keyof typeof capabilities;
export const capabilityNames = Object.keys(capabilities) as readonly CapabilityName[];
