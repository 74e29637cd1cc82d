import { readFileSync } from 'node:fs';
import { armFailpoints, lifecycle, makeLogger, runUntilSignal } from '@cao/runtime';
import { agentEnvFrom, userEnv } from './env.ts';
import { type Agent, startAgent } from './host/agent.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
// Said once all of it is loaded: so an upgrade finds out whether it can run.
if (process.argv.includes('--version')) {
  process.stdout.write(`${version}\n`);
  process.exit();
}
const env = agentEnvFrom();
armFailpoints(env.CAO_FAILPOINTS);
const log = makeLogger('worker-agent', env.CAO_LOG_LEVEL);

let again = false;
let agent: Agent | undefined;
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
        onRestart(why) {
          again = true;
          process.send?.({ type: 'restarting', why });
          process.kill(process.pid, 'SIGTERM');
        },
      });
    },
    stop: () => agent?.stop(again),
  },
]);

process.exitCode = await runUntilSignal(life, (error) => log.fatal({ err: error }, 'the worker-agent ends'));
// Whoever started it with a channel starts it again; else it takes its own place.
if (again && !process.send)
  process.execve!(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)]);
process.exit();
