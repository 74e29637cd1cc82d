import { readFileSync } from 'node:fs';
import { armFailpoints, lifecycle, makeLogger, runUntilSignal } from '@cao/runtime';
import { agentEnvFrom, userEnv } from './env.ts';
import { startAgent } from './host/agent.ts';

const env = agentEnvFrom();
armFailpoints(env.CAO_FAILPOINTS);
const log = makeLogger('worker-agent', env.CAO_LOG_LEVEL);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

let agent: { stop(): Promise<void> } | undefined;
const life = lifecycle([
  {
    name: 'worker-agent',
    async start() {
      agent = await startAgent({
        env,
        userEnv: userEnv(),
        version,
        log,
        onRevoked(reason) {
          log.fatal(
            { reason },
            'the api refuses this host; its panes are left alone. Join again with `cao host join`',
          );
          process.kill(process.pid, 'SIGTERM');
        },
      });
    },
    stop: () => agent?.stop(),
  },
]);

process.exitCode = await runUntilSignal(life, (error) => log.fatal({ err: error }, 'the worker-agent ends'));
process.exit();
