import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { report } from './report.ts';
import { runFleet } from './run.ts';

const HELP = `npm run bench:fleet -- [options]

Simulated hosts against real services: api, scheduler, Postgres and Redis as processes of this machine. A host is the
worker-agent's own link and spool; its terminals are simulated and take every prompt at once. Figures go to stdout,
what happens to stderr. A missed target is a figure and no failure; exit code 1 means that a phase could not run.

  --hosts N       simulated hosts (1000)
  --terminals N   terminals on each, which is also its capacity (10)
  --replicas N    api replicas; with more than one, hosts dial through a balancer (1)
  --rate N        messages per second of the load (200)
  --seconds N     length of each phase that lasts (20)
  --json          figures as JSON
  --help          this

  npm run bench:fleet -- --hosts 1000 --terminals 10 --json
  npm run bench:fleet -- --hosts 100 --terminals 5 --replicas 2 --rate 50 --seconds 5`;

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    terminals: { type: 'string', default: '10' },
    replicas: { type: 'string', default: '1' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const number = (name: 'hosts' | 'terminals' | 'replicas' | 'rate' | 'seconds'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0 && value <= 65_000) return value;
  console.error(`--${name} is a whole number from 1 on, and not ${values[name]}`);
  process.exit(2);
};
const options = {
  hosts: number('hosts'),
  terminals: number('terminals'),
  replicas: number('replicas'),
  rate: number('rate'),
  seconds: number('seconds'),
};
const machine = { cores: availableParallelism(), load_before: Number(loadavg()[0]!.toFixed(1)) };
console.error(`${machine.cores} cores, load ${machine.load_before} before; simulated hosts and terminals`);
const stop = new AbortController();
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 }))
  process.once(signal, () => {
    process.exitCode = code;
    stop.abort(new Error(`ended by ${signal}`));
  });
const note = (line: string) => console.error(line);
const figures = await runFleet(options, { note, signal: stop.signal }).catch((error: Error) => {
  console.error(error);
  // What it started has ended; a phase that was under way would keep this process.
  process.exit(process.exitCode ?? 1);
});
const result = { simulated: 'hosts and terminals', machine, ...options, ...figures };
console.log(values.json ? JSON.stringify(result, null, 2) : report(result));
