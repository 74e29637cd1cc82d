import { byApi } from '../_shared/answer.ts';
import { at, type Json, list, text } from '../_shared/json.ts';
import { boxEndsItsOwn } from '../_shared/on-screen.ts';
import { asks, goesOn, type Reaction, type Reactions, ran, reducer, when } from '../_shared/reactions.ts';
import { ask, inSession, note, sessionOf, stay, type TurnEnd } from '../_shared/state.ts';
import { announced, announcedTool, triesAgain, turnBegan, turnOver } from '../_shared/turn.ts';
import { type AgentState, type Approval, INTERRUPTED, type Step } from '../contract.ts';
import { errorWords, lines, nameOf } from './rollout.ts';

/**
 *   starting ──box and title──▶ idle ──task_started, turn/started──▶ processing ──task_complete──▶ completed, error
 *                                            a question │  ▲            └─turn_aborted──▶ idle
 *                                    waiting_user_answer┘──┘ resolved; the dialog is gone, PostToolUse
 *
 * The app-server tells all of a turn, but for the prompt of the first one; the log tells the same, and what was used, and
 * is there when the connection is not. A Codex without an app-server is heard by hooks and the log. Each names the turn, so
 * that the first word of its beginning and of its end counts, whoever says it. The screen says that it is up.
 */

/**
 * The app-server of 0.169.0 (`codex app-server generate-json-schema` has its words). Every connection hears which threads
 * begin, work and rest. Turns, items and questions are told to those that have resumed the thread, which goes as soon as
 * its first turn has begun; what is asked at that moment is asked again then.
 */
export const hello = [
  {
    method: 'initialize',
    params: {
      clientInfo: { name: 'cao', title: 'CAO', version: '1' },
      // Words as they come; all of them are told at the end.
      capabilities: { experimentalApi: true, optOutNotificationMethods: ['item/agentMessage/delta'] },
    },
  },
  { method: 'initialized' },
];

const resumed = (state: AgentState, threadId: unknown): Step => {
  const message = { method: 'thread/resume', params: { threadId, excludeTurns: true } };
  return stay(note(state, { heard: true }), [{ kind: 'request', message }]);
};

/** Threads of sub-agents have a parent, and one that finds a title for this one is not kept. */
const isMain = (_: AgentState, { thread }: Json) => !at(thread, 'ephemeral') && !at(thread, 'parentThreadId');
/** Of a conversation that goes on nobody says that it started. */
const isUnheard = ({ memo }: AgentState, { threadId }: Json): boolean =>
  !memo?.heard && (memo?.session ?? threadId) === threadId;

/** A thread of a sub-agent may be told of as well, and has turns of its own. */
const isOwn = ({ memo }: AgentState, { threadId }: Json) => threadId === memo?.session;

const inThread: Reaction = (state, _, { thread }) =>
  inSession(state, text(thread, 'id'), text(thread, 'path') || null, { heard: false });

function endOf(turn: unknown): TurnEnd {
  const status = text(turn, 'status');
  if (status === 'failed') return { error: errorWords(at(turn, 'error')) };
  const last = list(turn, 'items').findLast((item) => text(item, 'type') === 'agentMessage');
  return { answer: text(last, 'text') || null, error: status === 'interrupted' ? INTERRUPTED : null };
}

/** A patch may be large. Units: characters. */
const MAX_CHANGES = 4_000;

/** Of several at once the first one is open. */
const asked: Reaction = (state, said, body) => {
  if (state.approval?.nativeId) return stay(state);
  return stay(ask(state, said, { ...questionOf(body, state), nativeId: JSON.stringify(body.requestId) }));
};

function questionOf(body: Json, state: AgentState): Approval {
  const tool = text(body, '_meta.tool_name');
  if (tool) return { tool: `mcp__${text(body.serverName)}__${tool}`, input: at(body, '_meta.tool_params') };
  const [command, description] = [text(body.command), text(body.reason)];
  if (command) return { tool: 'Bash', input: { command: ofShell(command), description } };
  return { ...announcedTool(state, { description }), tool: 'apply_patch' };
}

/** Without the shell that runs it. */
const ofShell = (command: string): string =>
  command.replace(/^\S*sh -l?c (?:'([\s\S]*)'|([\s\S]*))$/, '$1$2').replaceAll(`'\\''`, "'");

/** The memo: `session`, the thread of this terminal; `heard`, it was resumed; `args`, what the patch that was told last would change. */
const events: Reactions = {
  // Told at every connection.
  initialize: (state) => (state.memo?.session ? resumed(state, state.memo.session) : stay(state)),
  'thread/resume'(state, said, body) {
    if (!body.thread) return stay(note(state, { heard: false }));
    const { state: known, effects } = inThread(state, said, body);
    const isAsked = list(body, 'thread.status.activeFlags').includes('waitingOnApproval');
    // Answered while nobody listened.
    const isOver = known.approval?.nativeId !== undefined && !isAsked;
    return stay(note(isOver ? goesOn(known, said, body).state : known, { heard: true }), effects);
  },
  'thread/started': when(isMain, inThread),
  'thread/status/changed': when(isUnheard, (state, _, { threadId }) => resumed(state, threadId)),
  'turn/started': when(isOwn, (state, said, { turn }) => turnBegan(state, said, text(turn, 'id'))),
  'turn/completed': when(isOwn, (state, said, { turn }) =>
    turnOver(state, said, text(turn, 'id'), endOf(turn)),
  ),
  'item/started': (state, _, { item }) =>
    stay(note(triesAgain(state, null), announced({ tool_input: at(item, 'changes') }, MAX_CHANGES))),
  'item/commandExecution/requestApproval': asked,
  'item/fileChange/requestApproval': asked,
  // What a server asks by itself is a form, which the terminal shows.
  'mcpServer/elicitation/request': when((_, body) => text(body, '_meta.tool_name') !== '', asked),
  'serverRequest/resolved': when(
    ({ approval }, { requestId }) => approval?.nativeId === JSON.stringify(requestId),
    // What else was asked meanwhile is asked again.
    (state, said, body) => resumed(goesOn(state, said, body).state, body.threadId),
  ),
  error: (state, _, { willRetry, error }) => stay(triesAgain(state, willRetry ? errorWords(error) : null)),
};

/** The log tells of turns, also of one that failed, which no hook does: asked for is where it lies, and what it does not have. */
export const hooks: Reactions = {
  SessionStart: (state, _, body) => stay(state, [sessionOf(body)]),
  // One that is late is of a turn that is over, and the screen has no dialog.
  PermissionRequest: when(({ memo }, body) => !memo?.ended || memo.ended !== text(body.turn_id), asks),
  PostToolUse: when(({ approval }) => approval !== null, ran),
};

export const next = reducer({
  hooks,
  lines,
  line: nameOf,
  events,
  // What is asked of us has a number, which is told again when it was answered.
  event: ({ id, method, params, result }) => ({
    name: text(method),
    body: { requestId: id, ...(params ?? {}), ...(result ?? {}) },
  }),
  ...boxEndsItsOwn,
  // A question of the server's is over when it says so.
  isSilent: ({ approval }) => Boolean(approval?.nativeId),
  // Without an app-server it asks whether to open a folder whose configuration is not read.
  grants: { holds: /Open restricted/, key: 'Enter' },
});

/** Of a question that the server has asked. Else by keys: "1" is the plain yes of every dialog, and acts without Enter. */
export const answer = byApi({ allow: '1', deny: 'Escape' }, (isYes, nativeId, tool) => {
  // With this "no" the turn goes on.
  const word = isYes ? 'accept' : 'decline';
  const result = tool.startsWith('mcp__') ? { action: word, content: null } : { decision: word };
  return { kind: 'socket', message: { id: JSON.parse(nativeId), result } };
});
