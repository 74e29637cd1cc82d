import type { EventKind, EventView } from '@cao/contracts';
import type { Paint } from '../io.ts';
import { plainLine } from './plain.ts';

/** What each event means in plain words. Other fields follow as `name=value`. */
const phrases = {
  'host.joined': ['green', 'a host has joined'],
  'host.online': ['green', 'host is online'],
  'host.offline': ['yellow', 'host is offline'],
  'host.mode': ['yellow', 'host is now'],
  'host.duplicate': ['red', 'another machine says that it is'],
  'host.upgrade': ['cyan', 'upgrade of'],
  'host.disk': ['yellow', 'about its disk:'],
  'host.removed': ['yellow', 'host was removed'],
  'session.created': ['green', 'session begins'],
  'session.closed': ['dim', 'session has ended'],
  'terminal.placing': ['dim', 'looking for a host for'],
  'terminal.placed': ['dim', 'host found'],
  'terminal.waiting': ['yellow', 'waits:'],
  'terminal.workspace': ['dim', 'its worktree:'],
  'terminal.live': ['green', 'CLI is running'],
  'terminal.status': ['cyan', 'is now'],
  'terminal.turn_ended': ['green', 'turn ended'],
  'terminal.closed': ['dim', 'closed'],
  'message.queued': ['dim', 'message queued'],
  'terminal.usage': ['dim', 'has used'],
  'terminal.trouble': ['yellow', 'trouble'],
  'message.pasted': ['dim', 'message typed'],
  'message.accepted': ['dim', 'message taken'],
  'message.dead': ['red', 'message was not delivered'],
  'task.created': ['cyan', 'work handed over to'],
  'task.ended': ['cyan', 'work ended'],
  'task.answered': ['dim', 'result was handed back'],
  'token.rejected': ['red', 'a token was rejected'],
  'approval.opened': ['yellow', 'asks permission'],
  'approval.updated': ['dim', 'its question is about'],
  'approval.answered': ['green', 'its question was'],
  'approval.closed': ['dim', 'its question is over:'],
  'approval.stuck': ['red', 'its question could not be answered:'],
} as const satisfies Record<EventKind, readonly [Paint, string]>;

/**
 * `20:15:03  a1b2c3d4  is now processing · on laptop`: local time, who, what.
 * @param hosts names by id, as far as they are known
 */
export function eventLine(
  paintOf: (paint: Paint, text: string) => string,
  event: EventView,
  hosts: ReadonlyMap<string, string>,
): string {
  const [paint, phrase] = phrases[event.kind];
  const who = event.terminal_id ?? event.task_id ?? event.host_id ?? event.session_name ?? '';
  const time = new Date(event.at).toTimeString().slice(0, 8);
  const host = event.host_id === null || event.terminal_id === null ? undefined : hosts.get(event.host_id);
  const on = host === undefined ? '' : ` on ${plainLine(host)}`;
  return `${paintOf('dim', time)}  ${who.padEnd(8)}  ${paintOf(paint, phrase)}${details(event)}${on}`;
}

/** Fields whose value says it all stand alone, first; the others keep their name. */
const BARE = ['says', 'status', 'name', 'state', 'reason', 'note'];
/** Where the profile is news; later lines have the id. */
const ABOUT_PROFILE: readonly EventKind[] = ['terminal.placing', 'task.created'];
/** Whose phrase says it all: details come behind it, and do not go on with it. */
const IS_SENTENCE: readonly EventKind[] = ['terminal.live'];
/** Fields for programs; a person reads them with --json. */
const QUIET = [
  'message_id',
  'approval_id',
  'seq',
  'link_epoch',
  'epoch',
  'background',
  'chars',
  'source',
  'kind',
  'caller_id',
  'workspace_did',
];

function details(event: EventView): string {
  const { agent_profile, sender, ...data } = event.data;
  const bare = BARE.flatMap((key) => (key in data ? [show(data[key])] : []));
  const named = Object.entries(data).flatMap(([key, value]) =>
    BARE.includes(key) || QUIET.includes(key) || value === null || value === ''
      ? []
      : [`${key}=${show(value)}`],
  );
  const all = [
    ...(ABOUT_PROFILE.includes(event.kind) ? [show(agent_profile ?? 'an agent')] : []),
    ...(sender === undefined ? [] : [`from ${show(sender)}`]),
    ...bare.filter((text) => text !== ''),
    ...named,
  ];
  const gap = IS_SENTENCE.includes(event.kind) ? ' · ' : ' ';
  return all.length ? gap + all.join(' · ') : '';
}

/** Units: characters. An event line stays a line. */
const MAX_VALUE = 120;
function show(value: unknown): string {
  const text = plainLine(typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value));
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
}
