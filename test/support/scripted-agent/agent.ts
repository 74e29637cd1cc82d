import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { makeDialogs } from './dialog.ts';
import { makeHooks } from './hooks.ts';
import { makeInputBox } from './input-box.ts';
import { forgiving, openJournal } from './journal.ts';
import type { Input } from './keys.ts';
import { makeMalice } from './malice.ts';
import type { Options } from './options.ts';
import { makePlanner, type Prompt } from './plan.ts';
import { bullet, runDirectives, type Stage } from './run.ts';
import type { ScreenWriter } from './screen.ts';
import { parseScript } from './script.ts';
import { makeTools } from './tools.ts';

export interface Agent {
  start(): Promise<void>;
  input(input: Input): void;
  pasteBegin(): void;
  stop(reason: string, code: number): Promise<never>;
}

const BANNER = 'This is a scripted agent. It is no AI: it does what the prompt spells out in [[directives]].';
const FLOOD_OF_MALICE = parseScript('[[flood 256KB]]');
const DIED_IN_PASTE = 9;

/** The life of the scripted agent: input box → queue → turns, one at a time. Each turn has a number of its own. */
export function makeAgent(options: Options, screen: ScreenWriter): Agent {
  const malice = makeMalice(options.malice, options.terminalId);
  const journal = forgiving(openJournal(options.logFile));
  const reborn = options.recordFile !== null && existsSync(options.recordFile);
  const record = openJournal(options.recordFile, { pid: process.pid });
  const hooks = makeHooks(options, () => malice.strikes('lose_hook'));
  const tools = makeTools(options);
  const planner = makePlanner();
  const queue: Prompt[] = [];
  let submitted = 0;
  let turns = 0;
  let running: AbortController | null = null;

  const draw = () =>
    screen.draw({ input: box.shown, busy: running !== null, queued: queue.length, dialog: dialogs.view });
  const log = ({ type, ...rest }: Readonly<Record<string, unknown>>) => {
    record.write({ did: type, ...rest });
    if (!malice.strikes('lose_log')) journal.write({ type, ...rest, session_id: options.sessionId });
  };
  const dialogs = makeDialogs({ hooks, draw, log, record: record.write });
  const box = makeInputBox(malice, {
    submit(text) {
      submitted += 1;
      record.write({ n: submitted, text, ...(running ? { queued: true } : {}) });
      enqueue({ text, own: null });
    },
    command(text) {
      if (text === '/exit') return void stop('prompt_input_exit', 0);
      record.write({ command: text });
      screen.print(`Unknown command: ${text.split('\n')[0]}`);
    },
    interrupt() {
      running?.abort();
      return running !== null;
    },
    leave: () => void stop('prompt_input_exit', 0),
  });

  async function stop(reason: string, code: number): Promise<never> {
    await hooks.post('SessionEnd', { reason });
    screen.leave();
    process.exit(code);
  }

  function enqueue(prompt: Prompt) {
    queue.push(prompt);
    if (!running) void work();
  }

  async function work() {
    for (let next = queue.shift(); next; next = queue.shift()) {
      running = new AbortController();
      await turn(next, running.signal);
      running = null;
    }
    draw();
  }

  async function turn(prompt: Prompt, signal: AbortSignal) {
    turns += 1;
    const id = turns;
    log({ type: 'prompt', turn: id, text: prompt.text });
    draw();
    screen.print(`\n❯ ${prompt.text.replaceAll('\n', '\n  ')}\n`);
    await hooks.post('UserPromptSubmit', { prompt: prompt.text, turn: id });
    try {
      const delay = malice.delayMs();
      if (delay > 0) await pause(delay, undefined, { signal });
      await answer(id, prompt, makeStage(signal, id));
    } catch (error) {
      if (!signal.aborted) throw error;
      interrupted(id, 'interrupted by the person');
    }
    if (malice.strikes('dialog')) await dialogs.surprise(id, malice.between('dialog', 300, 3000));
  }

  async function answer(id: number, prompt: Prompt, stage: Stage) {
    const nothing = { results: [], messages: [] };
    if (malice.strikes('flood')) await runDirectives(FLOOD_OF_MALICE, stage, nothing);
    const plan = planner.of(prompt);
    if (typeof plan === 'string') {
      await stage.print(bullet(plan));
      return ended(id, plan, []);
    }
    const outcome = await runDirectives(plan.directives, stage, plan.known);
    if (outcome.end === 'denied') return interrupted(id, 'permission denied');
    if (outcome.end === 'failed') return failed(id, outcome.error);
    const text = outcome.said || planner.spare(outcome, prompt);
    if (!outcome.said) await stage.print(bullet(text));
    if (outcome.end === 'await') planner.wait(outcome);
    if (outcome.end !== 'background') return ended(id, text, []);
    await ended(id, text, [{ id: `b${id}`, type: 'shell', status: 'running', description: 'scripted' }]);
    const own = { directives: outcome.rest, known: outcome.known };
    setTimeout(enqueue, outcome.amount, { text: '<task-notification>done</task-notification>', own });
  }

  async function ended(id: number, text: string, background: readonly unknown[]) {
    log({ type: 'answer', turn: id, text, background: background.length > 0 });
    await hooks.post('Stop', { turn: id, last_assistant_message: text, background_tasks: background });
  }

  async function failed(id: number, error: string) {
    screen.print(`  ⎿  API Error: ${error}`);
    log({ type: 'error', turn: id, error });
    await hooks.post('StopFailure', { turn: id, error, last_assistant_message: `API Error: ${error}` });
  }

  /** No hook tells of an interruption or a "No": in the real ones neither. */
  function interrupted(id: number, reason: string) {
    planner.forget();
    screen.print('  ⎿  Interrupted · What should the scripted agent do instead?');
    log({ type: 'interrupted', turn: id, reason });
  }

  function makeStage(signal: AbortSignal, id: number): Stage {
    return {
      signal,
      async print(text) {
        screen.print(text);
        // Keys and hooks get their turn between two prints of a flood.
        await new Promise(setImmediate);
      },
      call: tools.call,
      ask: async (tool, input) => options.yolo || (await dialogs.permission(id, tool, input, signal)),
      hook: (name, fields) => hooks.post(name, { turn: id, ...fields }),
      die: (code) => process.exit(code),
      reborn,
    };
  }

  return {
    async start() {
      screen.print(`cao-scripted-agent 1.0.0${options.title && ` · ${options.title}`}\n${BANNER}`);
      log({ type: 'ready' });
      await hooks.post('SessionStart', { source: 'startup', model: 'scripted' });
    },
    input(event) {
      if (dialogs.view) dialogs.input(event);
      else box.input(event);
      draw();
    },
    pasteBegin() {
      if (malice.strikes('die_in_paste')) process.exit(DIED_IN_PASTE);
    },
    stop,
  };
}
