import { resolve } from 'node:path';
import { askToStop } from '@cao/runtime';
import { z } from 'zod';
import { defineCommand, jsonFlag, value } from '../command.ts';
import { CliError } from '../exit.ts';
import { AGENT_LOCK } from '../up/agent.ts';
import { UP_LOCK } from '../up/stack.ts';

/** Three services with 10 s each at the most, and the database. Units: ms. */
const STOP_TIMEOUT_MS = 45_000;

export const command = defineCommand({
  path: ['down'],
  summary: 'Stop what `cao up` or `cao host join` runs on this machine',
  help: 'State is kept and agents in tmux keep running. Stopping what does not run is no error.',
  examples: ['cao down', 'cao down --state ./agent'],
  args: {},
  options: {
    state: value('DIR', z.string().optional(), 'stop the worker-agent of this state folder instead'),
    json: jsonFlag,
  },
  async run({ state, json }, { io, home }) {
    const [dir, lock] = state === undefined ? [home.dir, UP_LOCK] : [resolve(state), AGENT_LOCK];
    const stopped = await askToStop(dir, lock, STOP_TIMEOUT_MS).catch((cause: unknown) => {
      throw new CliError(
        'timeout',
        (cause as Error).message,
        `Look at its log in ${home.logsDir}, then end that process.`,
        { cause },
      );
    });
    if (json) return io.json({ stopped });
    io.note(stopped ? `stopped ${stopped.what} (process ${stopped.pid})` : `nothing runs for ${dir}`);
  },
});
