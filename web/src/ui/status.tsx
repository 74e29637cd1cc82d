import type { HostView, MessageState, TerminalView } from '@cao/contracts';

type Tone = 'calm' | 'busy' | 'good' | 'ask' | 'bad' | 'off';

/** Every state as a word and a colour; the word alone says it all. */
const terminalWords = {
  starting: ['starting', 'busy'],
  idle: ['idle', 'calm'],
  processing: ['processing', 'busy'],
  completed: ['completed', 'good'],
  waiting_user_answer: ['waits for your answer', 'ask'],
  error: ['error', 'bad'],
  unknown: ['unknown', 'off'],
} as const satisfies Record<TerminalView['status'], readonly [string, Tone]>;

const lifecycleWords = {
  placing: ['waits for a host', 'ask'],
  lost: ['its host is away', 'bad'],
  closed: ['closed', 'off'],
} as const satisfies Record<Exclude<TerminalView['lifecycle'], 'live'>, readonly [string, Tone]>;

const hostWords = {
  online: ['online', 'good'],
  suspect: ['not heard of lately', 'ask'],
  lost: ['offline', 'bad'],
} as const satisfies Record<HostView['state'], readonly [string, Tone]>;

const messageWords = {
  queued: ['queued', 'calm'],
  pasted: ['pasted', 'busy'],
  accepted: ['accepted', 'good'],
  dead: ['not delivered', 'bad'],
} as const satisfies Record<MessageState, readonly [string, Tone]>;

const Badge = ({ words: [word, tone] }: { words: readonly [string, Tone] }) => (
  <span className="status" data-tone={tone}>
    <span className="dot" aria-hidden="true" />
    {word}
  </span>
);

/** What a terminal is doing; before and after its life, where it is in it. */
export const TerminalStatus = ({ of }: { of: Pick<TerminalView, 'status' | 'lifecycle'> }) => (
  <Badge words={of.lifecycle === 'live' ? terminalWords[of.status] : lifecycleWords[of.lifecycle]} />
);

const hostModeWords = {
  cordoned: ['cordoned', 'ask'],
  draining: ['draining', 'ask'],
  paused: ['paused', 'ask'],
} as const satisfies Record<Exclude<HostView['mode'], 'open'>, readonly [string, Tone]>;

/** Away before anything else; then what people set. */
export const HostStatus = ({ of }: { of: Pick<HostView, 'state' | 'mode'> }) => (
  <Badge words={of.state === 'online' && of.mode !== 'open' ? hostModeWords[of.mode] : hostWords[of.state]} />
);
export const MessageStatus = ({ of }: { of: MessageState }) => <Badge words={messageWords[of]} />;

/** It will not go on by itself. */
export const needsPerson = (terminal: Pick<TerminalView, 'status' | 'lifecycle'>): boolean =>
  terminal.lifecycle === 'live' && (terminal.status === 'waiting_user_answer' || terminal.status === 'error');
