import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Directive, Verb } from './script.ts';
import { type Known, substitute, substituteDeep } from './variables.ts';

/** What a directive may do to the world; the agent lends it. */
export interface Stage {
  readonly signal: AbortSignal;
  print(text: string): Promise<void>;
  call(tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<string>;
  /** True when the person said yes. */
  ask(tool: string, input: Readonly<Record<string, unknown>>): Promise<boolean>;
  hook(name: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
  die(code: number): never;
  /** Its terminal had a program before this one. */
  readonly reborn: boolean;
}

/** How a run of directives ended. `rest` and `known` are there to go on with. */
export interface Outcome {
  readonly end: 'done' | 'await' | 'background' | 'denied' | 'failed';
  /** Texts said since the last tool call, the final words of the turn; empty when nothing was said. */
  readonly said: string;
  /** Of `await`: how many messages; of `background`: ms. */
  readonly amount: number;
  readonly error: string;
  readonly rest: readonly Directive[];
  readonly known: Known;
}

type Step = Partial<Omit<Outcome, 'rest' | 'known'>> & { readonly result?: string; readonly say?: string };
type Perform = (directive: Directive, stage: Stage, known: Known) => Promise<Step>;

const FLOOD_LINE = `${'flood '.repeat(13)}\n`;
const FLOOD_CHUNK = 64 * 1024;

const TAKE_MB = 16;
const taken: Buffer[] = [];

const perform: Readonly<Record<Verb, Perform>> = {
  async say({ text }, stage, known) {
    const say = substitute(text, known);
    await stage.print(bullet(say));
    return { say };
  },
  async sleep({ text }, stage) {
    await pause(Number(text) || 0, undefined, { signal: stage.signal });
    return {};
  },
  call: ({ tool, input }, stage, known) =>
    callTool(stage, tool, substituteDeep(input, known) as Record<string, unknown>),
  reply: ({ text }, stage, known) => callTool(stage, 'send_message', { message: substitute(text, known) }),
  async ask({ text }, stage, known) {
    const [, tool = 'Bash', command = ''] = /^(\S+)\s*([\s\S]*)$/.exec(substitute(text, known)) ?? [];
    await stage.print(`● ${tool}(${command})`);
    const allowed = await stage.ask(tool, { command });
    if (!allowed) return { end: 'denied' };
    await stage.hook('PostToolUse', { tool_name: tool, tool_input: { command }, tool_response: 'ok' });
    return { result: 'ok' };
  },
  async write({ text }, stage, known) {
    const [, file = '', content = ''] = /^(\S+)\s*([\s\S]*)$/.exec(substitute(text, known)) ?? [];
    await stage.print(`● Write(${file})`);
    writeFileSync(file, content);
    await stage.hook('PostToolUse', {
      tool_name: 'Write',
      tool_input: { file_path: file },
      tool_response: 'ok',
    });
    return { result: 'ok' };
  },
  await: async ({ text }) => ({ end: 'await', amount: Math.max(1, Number(text) || 1) }),
  background: async ({ text }) => ({ end: 'background', amount: Number(text) || 0 }),
  fail: async ({ text }) => ({ end: 'failed', error: text || 'unknown' }),
  error: async ({ text }) => ({ end: 'failed', error: text || 'unknown' }),
  refuse: async ({ text }, stage) => (stage.reborn ? {} : { end: 'failed', error: text || 'unknown' }),
  die: ({ text }, stage) => stage.die(Number(text) || 0),
  async take({ text }) {
    // Written to, so that it is really taken.
    for (let left = Number(text) || 0; left > 0; left -= TAKE_MB)
      taken.push(Buffer.alloc(TAKE_MB * 1024 * 1024, 1));
    return {};
  },
  async flood({ text }, stage) {
    for (let left = bytesOf(text); left > 0 && !stage.signal.aborted; left -= FLOOD_CHUNK) {
      await stage.print(
        FLOOD_LINE.repeat(Math.ceil(Math.min(left, FLOOD_CHUNK) / FLOOD_LINE.length)).trimEnd(),
      );
    }
    return {};
  },
  // Streaming belongs to the fake model; here a text is printed at once.
  chunks: async () => ({}),
};

/** @throws AbortError when the person interrupts. */
export async function runDirectives(
  directives: readonly Directive[],
  stage: Stage,
  begin: Known,
): Promise<Outcome> {
  let known = begin;
  let said: string[] = [];
  const outcome = (step: Step, rest: readonly Directive[]): Outcome => ({
    end: step.end ?? 'done',
    said: said.join('\n\n'),
    amount: step.amount ?? 0,
    error: step.error ?? '',
    rest,
    known,
  });
  for (const [at, directive] of directives.entries()) {
    stage.signal.throwIfAborted();
    const step = await perform[directive.verb](directive, stage, known);
    if (step.say !== undefined) said.push(step.say);
    if (step.result !== undefined) {
      known = { ...known, results: [...known.results, step.result] };
      said = [];
    }
    if (step.end) return outcome(step, directives.slice(at + 1));
  }
  stage.signal.throwIfAborted();
  return outcome({}, []);
}

async function callTool(stage: Stage, tool: string, input: Readonly<Record<string, unknown>>): Promise<Step> {
  await stage.print(`● ${tool}(${JSON.stringify(input).slice(0, 200)})`);
  const result = await stage.call(tool, input, stage.signal);
  await stage.print(`  ⎿  ${result.split('\n')[0]?.slice(0, 200) ?? ''}`);
  const name = `mcp__cao-mcp-server__${tool}`;
  await stage.hook('PostToolUse', { tool_name: name, tool_input: input, tool_response: result });
  return { result };
}

export const bullet = (text: string): string => `● ${text.replaceAll('\n', '\n  ')}`;

function bytesOf(text: string): number {
  const [, digits = '1', unit = ''] = /^(\d+)\s*([KM]?)B?$/i.exec(text) ?? [];
  return Number(digits) * ({ K: 1024, M: 1024 * 1024 }[unit.toUpperCase()] ?? 1);
}
