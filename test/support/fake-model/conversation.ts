import { type Directive, parseScript } from '../scripted-agent/script.ts';
import {
  firstLine,
  isMessage,
  type Known,
  substitute,
  substituteDeep,
  withoutSuffix,
} from '../scripted-agent/variables.ts';
import { type Step, stepsOf, textStep } from './steps.ts';
import { isInterruption, typedText, unwrapped } from './typed.ts';

export interface Block {
  readonly type: string;
  readonly text?: string;
  readonly content?: string | readonly Block[];
}
export interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

export interface Answer {
  readonly step: Step;
  /** The same for a repeated request, so that `[[error 529 2]]` can count. */
  readonly key: string;
}

/**
 * What the model says next, read from the conversation alone: prompts bring steps, every assistant message has used one
 * up. The server keeps nothing, so any number of CLIs may share it.
 */
export function nextAnswer(messages: readonly Message[]): Answer {
  let known: Known = { results: [], messages: [] };
  let pending: readonly Step[] = [];
  let waiting: Step['wait'] = null;
  let used = 0;
  let asked: Step | null = null;
  let lastPrompt = '';

  const prompt = (text: string) => {
    lastPrompt = text;
    const script = behindFailures(parseScript(text));
    if (waiting && (script.length === 0 || isMessage(text))) {
      known = { ...known, messages: [...known.messages, withoutSuffix(text)] };
      const { need, rest } = waiting;
      waiting = need > 1 ? { need: need - 1, rest } : null;
      pending = waiting ? [textStep(`Noted: ${firstLine(text)}`)] : stepsOf(rest);
    } else if (script.length > 0) {
      known = { results: [], messages: [] };
      waiting = null;
      pending = stepsOf(script);
    } else if (pending.length === 0 || pending[0]?.failure) {
      pending = [textStep(`${isMessage(text) ? 'Noted' : 'Done'}: ${firstLine(text)}`)];
    }
  };

  for (const message of messages) {
    if (message.role === 'assistant') {
      const [done, ...rest] = pending;
      pending = rest;
      asked = done ?? null;
      used += 1;
      if (done?.wait) waiting = done.wait;
      continue;
    }
    // Some CLIs put notes of their own into the conversation as the system.
    if (message.role !== 'user') continue;
    for (const result of toolResults(message)) {
      // As a model does: what broke on the way is tried again, what still runs is waited for.
      const again = asked && followUp(asked, result);
      if (again) pending = [again, ...pending];
      else known = { ...known, results: [...known.results, result] };
    }
    for (const text of typedTexts(message)) {
      if (isInterruption(text)) {
        pending = [];
        waiting = null;
      } else prompt(text);
    }
  }
  const step = pending[0] ?? textStep('Done.');
  const call = step.call && {
    ...step.call,
    input: substituteDeep(step.call.input, known) as Record<string, unknown>,
  };
  return {
    step: { ...step, text: substitute(step.text, known), call },
    key: `${used}/${lastPrompt}`,
  };
}

/**
 * A prompt whose turn failed for good comes again in front of the next one, and some CLIs make one text of both: nothing
 * can stand behind such a failure but a new prompt.
 */
function behindFailures(script: readonly Directive[]): readonly Directive[] {
  const endless = ({ verb, text }: Directive) =>
    verb === 'fail' || (verb === 'error' && !/\d\s+\d/.test(text));
  const rest = script.slice(script.findLastIndex(endless) + 1);
  return rest.length > 0 ? rest : script;
}

const blocksOf = ({ content }: Message): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

/** Texts that a person (or CAO) typed, each a prompt: those of turns that failed are sent along with the next one. */
export function typedTexts(message: Message): readonly string[] {
  return blocksOf(message)
    .filter((block) => block.type === 'text')
    .map((block) => typedText(block.text ?? ''))
    .filter(Boolean);
}

function toolResults(message: Message): readonly string[] {
  return blocksOf(message)
    .filter((block) => block.type === 'tool_result')
    .map(({ content }) =>
      unwrapped(
        typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('\n'),
      ),
    );
}

/** How a connection that ended in the middle of a call is told by the CLIs. */
const BROKEN =
  /ECONN|socket|fetch failed|unable to connect|not connected|connection (closed|error)|transport/i;
/** The server is back within seconds. Units: ms. */
const TRY_AGAIN_MS = 2_000;

/** What a call's result asks for instead of the next step: the same call again, or a wait for the task that it started. */
function followUp(asked: Step, result: string): Step | null {
  if (!asked.call) return null;
  const parsed = parseJson(result);
  if (parsed === null) return BROKEN.test(result) ? { ...asked, text: '', delayMs: TRY_AGAIN_MS } : null;
  if (parsed.status !== 'running' || typeof parsed.task_id !== 'string') return null;
  return { ...asked, text: '', delayMs: 0, call: { tool: 'wait_task', input: { task_id: parsed.task_id } } };
}

function parseJson(text: string): { status?: unknown; task_id?: unknown } | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' ? parsed : null;
  } catch {
    return null;
  }
}
