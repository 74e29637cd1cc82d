import { at, type Json, list, text } from '../_shared/json.ts';
import { ask, become, note, stay, type TurnEnd } from '../_shared/state.ts';
import {
  type AgentState,
  type Approval,
  type ApprovalAnswer,
  type Effect,
  INTERRUPTED,
  type RpcMessage,
  type Step,
} from '../contract.ts';
import { errorWords, turnBegan, turnOver } from './rollout.ts';

/**
 * The app-server of 0.169.0 (`codex app-server generate-json-schema` has its words). Every connection hears which threads
 * begin, work and rest. Turns, items and questions are told to those that have resumed the thread, which goes as soon as
 * its first turn has begun; what is asked at that moment is asked again then.
 */
export const hello: readonly RpcMessage[] = [
  {
    id: 'initialize',
    method: 'initialize',
    params: {
      clientInfo: { name: 'cao', title: 'CAO', version: '1' },
      capabilities: {
        experimentalApi: true,
        optOutNotificationMethods: ['item/agentMessage/delta', 'item/commandExecution/outputDelta'],
      },
    },
  },
  { method: 'initialized' },
  { id: 'loaded', method: 'thread/loaded/list', params: {} },
];

/** A patch may be large, and the memo is kept with the terminal. Units: characters. */
const MAX_CHANGES = 4_000;

const by = (evidence: string) => ({ source: 'api', evidence }) as const;

/** The memo: `thread`, the conversation of this terminal; `heard`, it was resumed; `changes` of the patch that is told last. */
export function onMessage(state: AgentState, message: Json): Step {
  const method = text(message.method);
  const params = message.params;
  if (method === '') return onAnswer(state, message);
  if (method === 'thread/started') return onThread(state, at(params, 'thread'));
  const { thread, heard } = state.memo ?? {};
  // Of a conversation that goes on nobody says that it started.
  if (method === 'thread/status/changed' && !thread) return resumed(state, text(params, 'threadId'));
  if (text(params, 'threadId') !== thread) return stay(state);
  switch (method) {
    case 'thread/status/changed':
      return heard ? stay(state) : resumed(state, text(thread));
    case 'turn/started':
      return stay(turnBegan(state, by(method), text(params, 'turn.id')));
    case 'item/started':
      return stay(itemBegan(state, at(params, 'item')));
    case 'item/commandExecution/requestApproval':
    case 'item/fileChange/requestApproval':
    case 'mcpServer/elicitation/request':
      return stay(asked(state, by(method), JSON.stringify(message.id), params));
    case 'serverRequest/resolved': {
      const isOpen = state.approval?.nativeId === JSON.stringify(at(params, 'requestId'));
      // What else was asked meanwhile is asked again.
      return isOpen ? resumed(become(state, 'processing', by(method)), text(thread)) : stay(state);
    }
    case 'error': {
      const retries = at(params, 'willRetry') ? errorWords(at(params, 'error')) : null;
      return stay({ ...state, retries });
    }
    case 'turn/completed': {
      const turn = at(params, 'turn');
      return turnOver(state, by(method), text(turn, 'id'), endOf(turn));
    }
    default:
      return stay(state);
  }
}

function endOf(turn: unknown): TurnEnd {
  if (text(turn, 'status') === 'interrupted') return { error: INTERRUPTED };
  if (text(turn, 'status') === 'failed') return { error: errorWords(at(turn, 'error')) };
  const last = list(turn, 'items').findLast((item) => text(item, 'type') === 'agentMessage');
  return { answer: text(last, 'text') || null };
}

/** To what `hello` and `resumed` have asked. */
function onAnswer(state: AgentState, { id, result }: Json): Step {
  if (id === 'loaded') {
    const all = list(result, 'data').map((each) => text(each));
    const thread = all.find((each) => each === state.memo?.thread) ?? all[0];
    return thread === undefined ? stay(note(state, { thread: '' })) : resumed(state, thread);
  }
  if (id !== 'resume') return stay(state);
  if (result === undefined) return stay(note(state, { heard: false }));
  const { state: known, effects } = onThread(state, at(result, 'thread'));
  const asks = list(result, 'thread.status.activeFlags').includes('waitingOnApproval');
  // Answered while nobody listened.
  const isOver = known.approval?.nativeId !== undefined && !asks;
  return stay(
    note(isOver ? become(known, 'processing', by('thread/resume')) : known, { heard: true }),
    effects,
  );
}

/** Threads of sub-agents have a parent, and one that finds a title for this one is not kept. */
function onThread(state: AgentState, thread: unknown): Step {
  const id = text(thread, 'id');
  if (!id || at(thread, 'ephemeral') || at(thread, 'parentThreadId')) return stay(state);
  const session: Effect = { kind: 'session', nativeId: id, logPath: text(thread, 'path') || null };
  return stay(note(state, { thread: id, heard: false }), [session]);
}

const resumed = (state: AgentState, threadId: string): Step => {
  const message = { id: 'resume', method: 'thread/resume', params: { threadId, excludeTurns: true } };
  return stay(note(state, { thread: threadId, heard: true }), [{ kind: 'request', message }]);
};

function itemBegan(state: AgentState, item: unknown): AgentState {
  const changes = JSON.stringify(at(item, 'changes') ?? null);
  const goesOn = { ...state, retries: null };
  return changes.length > MAX_CHANGES ? goesOn : note(goesOn, { changes });
}

/** Of several at once the first one is open. */
function asked(
  state: AgentState,
  said: ReturnType<typeof by>,
  nativeId: string,
  params: unknown,
): AgentState {
  return state.approval?.nativeId === undefined
    ? ask(state, said, { ...questionOf(params, text(state.memo?.changes)), nativeId })
    : state;
}

function questionOf(params: unknown, changes: string): Approval {
  const tool = text(params, '_meta.tool_name');
  if (tool)
    return { tool: `mcp__${text(params, 'serverName')}__${tool}`, input: at(params, '_meta.tool_params') };
  const command = text(params, 'command');
  const description = text(params, 'reason');
  if (command) return { tool: 'Bash', input: { command: ofShell(command), description } };
  return { tool: 'apply_patch', input: { changes: changes && JSON.parse(changes), description } };
}

/** Without the shell that runs it. */
const ofShell = (command: string): string =>
  command.replace(/^\S*sh -l?c (?:'([\s\S]*)'|([\s\S]*))$/, (_, quoted?: string, bare?: string) =>
    quoted === undefined ? String(bare) : quoted.replaceAll(`'\\''`, "'"),
  );

/** Decides that question and no other; nothing for one that the server has not asked. */
export function answerTo(
  decision: 'allow' | 'deny',
  { nativeId, tool }: Approval,
): Pick<ApprovalAnswer, 'request'> {
  if (nativeId === undefined) return {};
  // With this "no" the turn goes on.
  const word = decision === 'allow' ? 'accept' : 'decline';
  const result = tool.startsWith('mcp__') ? { action: word, content: null } : { decision: word };
  return { request: { kind: 'socket', message: { id: JSON.parse(nativeId), result } } };
}
