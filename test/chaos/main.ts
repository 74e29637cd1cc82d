import { parseArgs } from 'node:util';
import { makeMalice } from '../support/scripted-agent/malice.ts';
import { report } from './report.ts';
import { runChaos } from './run.ts';

/** A run below this is a look and no proof: its outages are short, so that it ends soon. Units: messages. */
const LONG_RUN = 2_000;
const SHORT_SCALE = 0.2;
/** Of the scripted agents; what the words mean is in test/support/scripted-agent/README.md. */
const MALICE = {
  long: 'swallow_enter=0.2,dialog=0.1,drop_paste=0.05,die_in_paste=0.003,lose_hook=0.1,delay=0-5000,flood=0.02',
  short:
    'swallow_enter=0.1,dialog=0.05,drop_paste=0.02,die_in_paste=0.003,lose_hook=0.1,delay=0-500,flood=0.01',
};
/** Faults for each message, and at least so many. */
const FAULT_SHARE = 0.012;
const LEAST_FAULTS = 12;

const help = `npm run chaos -- [--messages N] [--hosts N] [--seed S] [--json] …

A cluster under faults at random moments: two replicas of api and scheduler on Redis and Postgres, hosts in network
namespaces (as root; else proxies cut them off), scripted agents with malice in real tmux. Afterwards the ledger is
compared with what every pane received. Progress goes to stderr, the result to stdout; the exit code is 0 when nothing
is lost, doubled, reordered, answered wrongly or left open. A run that fails leaves its evidence in a folder that it names.

  --messages N     messages that people and agents send (500)
  --hosts N        hosts (3)
  --seed S         of plan, traffic and malice: the same seed, the same plan (1)
  --terminals N    terminals with malice on each host (6; 10 from ${LONG_RUN} messages on)
  --faults N       faults at least (${FAULT_SHARE * 100} for 100 messages, ${LEAST_FAULTS} at least)
  --scale SHARE    how long outages last, as a share: at 1 a partition lasts 10 to 30 s, and a host is given up
                   after 20 s (${SHORT_SCALE}; 1 from ${LONG_RUN} messages on)
  --malice SPEC    of the scripted agents, without its seed
                   (${MALICE.short};
                   from ${LONG_RUN} messages on ${MALICE.long})
  --keep           the evidence, also of a run in which nothing is wrong
  --json           the result as JSON

  npm run chaos -- --messages 200 --seed 7
  npm run chaos -- --messages 10000 --hosts 3 --seed 1 --json
`;

function fail(why: string): never {
  console.error(`${why}\n\n${help}`);
  process.exit(2);
}

function readArgs() {
  try {
    return parseArgs({
      options: {
        messages: { type: 'string', default: '500' },
        hosts: { type: 'string', default: '3' },
        seed: { type: 'string', default: '1' },
        terminals: { type: 'string' },
        faults: { type: 'string' },
        scale: { type: 'string' },
        malice: { type: 'string' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

const args = readArgs();
if (args.help) {
  console.log(help);
  process.exit(0);
}
const whole = (name: 'messages' | 'hosts' | 'seed' | 'terminals' | 'faults', least: number): number => {
  const value = Number(args[name]);
  return Number.isInteger(value) && value >= least
    ? value
    : fail(`--${name} is ${args[name]}, and a whole number from ${least} on is wanted`);
};
const share = (name: 'scale'): number => {
  const value = Number(args[name]);
  return value >= 0 ? value : fail(`--${name} is ${args[name]}, and a number from 0 on is wanted`);
};
const messages = whole('messages', 1);
const isLong = messages >= LONG_RUN;
const malice = args.malice ?? (isLong ? MALICE.long : MALICE.short);
try {
  makeMalice(malice, '');
} catch (error) {
  fail((error as Error).message);
}
const began = performance.now();
const options = {
  messages,
  hosts: whole('hosts', 1),
  seed: whole('seed', 0),
  terminals: args.terminals === undefined ? (isLong ? 10 : 6) : whole('terminals', 1),
  faults:
    args.faults === undefined
      ? Math.max(LEAST_FAULTS, Math.ceil(messages * FAULT_SHARE))
      : whole('faults', 1),
  scale: args.scale === undefined ? (isLong ? 1 : SHORT_SCALE) : share('scale'),
  malice,
  keep: args.keep,
  note: (line: string) =>
    console.error(`${String(Math.round((performance.now() - began) / 1000)).padStart(5)} s  ${line}`),
};
options.note(`${messages} messages, seed ${options.seed}; malice of the agents: ${malice}`);

await using cleanup = new AsyncDisposableStack();
// Ctrl-C and a time-out: what runs is ended, and nothing of it stays.
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 }))
  process.once(signal, async () => {
    await cleanup.disposeAsync();
    process.exit(code);
  });
const result = report(options, await runChaos(options, cleanup));
if (args.json) console.log(JSON.stringify(result, null, 2));
else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(20)}${inWords(value)}`);
process.exitCode = result.ok ? 0 : 1;

function inWords(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
