import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Profile } from '@cao/contracts';
import type { Provider } from '@cao/providers';
import { type FakeModel, startFakeModel } from '../support/fake-model/server.ts';
import { type FakeMcpServer, startMcpServer } from '../support/mcp-server.ts';
import type { Cli } from './clis.ts';
import { type Driven, drive } from './drive.ts';

export interface Stage {
  readonly cli: Driven;
  readonly model: FakeModel;
  readonly mcp: FakeMcpServer;
  readonly provider: Provider;
  /** Keeps the screen as a fixture. */
  keep(name: string): Promise<void>;
}

/** Throws when the CLI does not have it; the text that it returns is a figure for the matrix. */
type Capability = (stage: Stage) => Promise<string>;

const developer = ['@builtin', 'fs_*', 'execute_bash', 'web_fetch', '@cao-mcp-server'];
const SYSTEM_PROMPT = 'You are the canary of the conformance run.';

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const answers = async ({ cli }: Stage, prompt: string): Promise<string> => {
  await cli.send(prompt);
  const { answer, error } = await cli.turnEnd();
  if (error !== null) throw new Error(`the turn ended in ${error}`);
  return answer ?? '';
};

const NO_APPROVAL = { tool: '', input: null };
/** A dialog that has just opened may ignore keys for a moment. */
const KEY_AGAIN_MS = 1000;
async function decide({ cli, provider }: Stage, decision: 'allow' | 'deny'): Promise<number> {
  for (let presses = 1; ; presses += 1) {
    await cli.pane.keys(...provider.answer(decision, cli.state.approval ?? NO_APPROVAL).keys);
    try {
      await cli.until('the dialog closes', (state) => state.status !== 'waiting_user_answer', KEY_AGAIN_MS);
      return presses;
    } catch (error) {
      if (presses === 3) throw error;
    }
  }
}

const asked = async (stage: Stage, file: string) => {
  await stage.cli.send(`[[ask Bash touch ${file}]] [[say made]]`);
  await stage.cli.until('an approval is open', (state) => state.approval?.tool === 'Bash');
  await stage.cli.pane.until((screen) => screen.includes('Do you want to proceed?'));
  await stage.cli.until('the dialog is seen', (state) => state.status === 'waiting_user_answer');
};
const made = ({ cli }: Stage, file: string) => readdirSync(cli.cwd).includes(file);

/** Told in this order to one CLI with the tools of a developer. */
const conversation: Readonly<Record<string, Capability>> = {
  async 'start without a dialog'({ cli, provider, keep }) {
    const begun = performance.now();
    await cli.until('it is ready', (state) => state.ready && state.status === 'idle');
    await keep('idle');
    const ms = Math.round(performance.now() - begun);
    await pause(provider.submit.afterReadyMs);
    return `ready after ${ms} ms`;
  },
  async 'message in, answer out'({ cli, keep }) {
    const enters = await cli.send(
      '[[sleep 500]] [[chunks 8 100]] [[say Hello *markdown*\n\n```js\nlet x = 1;\n```]]',
    );
    await cli.until('it works', (state) => state.status === 'processing');
    const { answer } = await cli.turnEnd();
    expect(
      answer === 'Hello *markdown*\n\n```js\nlet x = 1;\n```',
      `the answer was ${JSON.stringify(answer)}`,
    );
    await cli.until('it is done', (state) => state.status === 'completed');
    await keep('completed');
    return `${enters} Enter`;
  },
  async 'system prompt'({ model }) {
    const seen = model.requests.some((request) => request.asked?.system.includes(SYSTEM_PROMPT));
    expect(seen, 'no request carried the system prompt of the profile');
    return '';
  },
  async 'long paste, exact'(stage) {
    const text = Array.from({ length: 200 }, (_, n) => `line ${n}: "q" 'a' $HOME \\ ümlaut 漢字`).join('\n');
    await answers(stage, text);
    return `${text.length} characters`;
  },
  async 'commands are plain text'(stage) {
    for (const text of ['!touch ran-in-shell', '/unknown command', 'ends with a \\', '#note', '&x'])
      await answers(stage, text);
    expect(!made(stage, 'ran-in-shell'), 'a message ran in a shell');
    return '';
  },
  async 'MCP tool call'(stage) {
    const answer = await answers(
      stage,
      '[[call handoff {"agent_profile":"reviewer","message":"[[say ok]]"}]] [[say got $1.output]]',
    );
    expect(answer === 'got FROM THE WORKER', `the answer was ${answer}`);
    const call = stage.mcp.calls.at(-1);
    expect(
      call?.bearer === `Bearer ${stage.cli.secret}`,
      'the call did not carry the bearer of the terminal',
    );
    return '';
  },
  async 'approval by hook reply'(stage) {
    stage.cli.hooks.reply(
      'PermissionRequest',
      stage.provider.answer('allow', { tool: 'Bash', input: null }).reply,
    );
    const answer = await answers(stage, '[[ask Bash touch by-hook]] [[say made]]');
    stage.cli.hooks.reply('PermissionRequest', {});
    expect(answer === 'made', `the answer was ${answer}`);
    return '';
  },
  async 'approval by key'(stage) {
    await asked(stage, 'by-key');
    await stage.keep('permission');
    const presses = await decide(stage, 'allow');
    expect((await stage.cli.turnEnd()).answer === 'made', 'the turn did not go on');
    return `${presses} key`;
  },
  async 'approval denied'(stage) {
    await asked(stage, 'denied');
    const presses = await decide(stage, 'deny');
    const { error } = await stage.cli.turnEnd();
    expect(error !== null && !made(stage, 'denied'), `the turn ended with ${error}`);
    await stage.keep('denied');
    return `${presses} key`;
  },
  async interrupt(stage) {
    await stage.cli.send(
      '[[chunks 50 200]] [[say one two three four five six seven eight nine ten eleven]] [[sleep 60000]] [[say x]]',
    );
    await stage.cli.pane.until((screen) => screen.includes('esc to interrupt'));
    await stage.cli.until('it works', (state) => state.status === 'processing');
    await stage.keep('processing');
    await stage.cli.pane.keys(...stage.provider.interrupt.keys);
    await stage.cli.turnEnd();
    await stage.cli.until('it takes input', (state) => state.status === 'idle');
    await stage.keep('interrupted');
    await stage.cli.pane.keys(...stage.provider.clearInput.keys);
    return '';
  },
  async 'clear the input'({ cli, provider, keep }) {
    await cli.pane.keys('-l', 'a draft of a person');
    await cli.pane.until((screen) => screen.includes('a draft of a person'));
    await keep('draft');
    await cli.pane.keys(...provider.clearInput.keys);
    await cli.pane.until((screen) => !screen.includes('a draft of a person'));
    await cli.pane.paste(Array.from({ length: 30 }, (_, n) => `pasted line ${n}`).join('\n'));
    await cli.pane.until((screen) => screen.includes('[Pasted text'));
    await keep('pasted');
    await cli.pane.keys(...provider.clearInput.keys);
    await cli.pane.until((screen) => !screen.includes('[Pasted text'));
    return '';
  },
  async 'background work'(stage) {
    await stage.cli.send('[[say started]] [[background 1500]] [[say finished]]');
    expect((await stage.cli.turnEnd()).background, 'the first turn said nothing of work in the background');
    const second = await stage.cli.turnEnd();
    expect(second.answer === 'finished' && !second.background, `the second turn said ${second.answer}`);
    return '';
  },
  async 'error of the model'(stage) {
    await stage.cli.send('[[fail rate_limit]]');
    const { error } = await stage.cli.turnEnd();
    expect(error === 'rate_limit' && stage.cli.state.status === 'error', `the turn ended in ${error}`);
    await stage.keep('error');
    return '';
  },
  async 'no secret in an argument'({ cli }) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      let words = '';
      try {
        words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        continue;
      }
      // The pane is started by `env NAME=value …`, which is gone once the CLI runs.
      expect(
        !words.includes(cli.secret) || words.startsWith('tmux'),
        `the token is in the arguments of: ${words.slice(0, 80)}`,
      );
    }
    return '';
  },
  async quit({ cli, provider }) {
    if (!provider.quit) return 'by signal';
    await cli.pane.paste(provider.quit.text);
    await cli.pane.keys('Enter');
    return `exit code ${await cli.pane.exitCode()}`;
  },
};

/** Each with a CLI of its own. */
const alone: Readonly<Record<string, { tools: readonly string[]; yolo: boolean; run: Capability }>> = {
  'tool restriction': {
    tools: ['fs_read', 'fs_list', '@cao-mcp-server'],
    yolo: true,
    async run(stage) {
      await ready(stage);
      await answers(stage, '[[call Bash {"command":"touch forbidden"}]] [[say tried]]');
      expect(!made(stage, 'forbidden'), 'a tool ran that the profile does not have');
      const offered =
        stage.model.requests.findLast((request) => request.asked?.offered.length)?.asked?.offered ?? [];
      const bad = offered
        .map((tool) => tool.name)
        .filter((name) => /^(Bash|Edit|Write|NotebookEdit|Agent|Task)$/.test(name));
      expect(bad.length === 0, `the model was offered ${bad.join(', ')}`);
      return '';
    },
  },
  'yolo asks nothing': {
    tools: developer,
    yolo: true,
    async run(stage) {
      await ready(stage);
      expect(
        (await answers(stage, '[[ask Bash touch by-yolo]] [[say made]]')) === 'made',
        'it did not go on',
      );
      expect(!stage.cli.hooks.seen.some((hook) => hook.name === 'PermissionRequest'), 'it asked');
      return '';
    },
  },
};

async function ready({ cli, provider }: Stage): Promise<void> {
  await cli.until('it is ready', (state) => state.ready && state.status === 'idle');
  await pause(provider.submit.afterReadyMs);
}

export interface Result {
  readonly capability: string;
  readonly outcome: 'pass' | 'fail' | 'not claimed';
  readonly note: string;
}

export async function tellStory(
  provider: Provider,
  cli: Cli,
  binaryPath: string,
  keep: (name: string, screen: string) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const record = async (capability: string, run: () => Promise<string>) => {
    if (capability in cli.without) results.push({ capability, outcome: 'not claimed', note: '' });
    else {
      await run().then(
        (note) => results.push({ capability, outcome: 'pass', note }),
        (error: unknown) =>
          results.push({ capability, outcome: 'fail', note: String((error as Error).message ?? error) }),
      );
    }
  };
  const onStage = async (
    tools: readonly string[],
    yolo: boolean,
    act: (stage: Stage) => Promise<unknown>,
  ) => {
    const model = await startFakeModel();
    await using mcp = await startMcpServer({ handoff: [{ success: true, output: 'FROM THE WORKER' }] });
    // Asking is what is tested, whatever the default of a version is.
    const profile: Profile = {
      name: 'conformance',
      description: '',
      permissionMode: 'default',
      systemPrompt: SYSTEM_PROMPT,
    };
    try {
      await using driven = await drive({
        provider,
        binaryPath,
        profile,
        tools,
        yolo,
        mcpUrl: mcp.url,
        env: cli.env(model.url),
        prepare: (home) => cli.prepare(home, model.url),
      });
      await act({
        cli: driven,
        model,
        mcp,
        provider,
        keep: async (name) => keep(name, await driven.pane.capture(true)),
      });
    } finally {
      await model.close();
    }
  };

  await onStage(developer, false, async (stage) => {
    for (const [capability, run] of Object.entries(conversation)) await record(capability, () => run(stage));
  });
  for (const [capability, { tools, yolo, run }] of Object.entries(alone)) {
    await record(capability, async () => {
      let note = '';
      await onStage(tools, yolo, async (stage) => {
        note = await run(stage);
      });
      return note;
    });
  }
  return results;
}
