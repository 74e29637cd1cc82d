import { openGround } from './support/ground.ts';
import { exchange } from './support/exchange.ts';
import { openTerminal, closeSessions } from './support/terminals.ts';
import { cpuMs, childrenOf } from './support/processes.ts';
import { median } from './figure.ts';
import { readdirSync, readFileSync } from 'node:fs';
await using ground = openGround({ quick: true, note: console.error });
const stack = await ground.stack((process.argv[2] ?? 'postgres') as 'postgres');
const t = await openTerminal(stack, stack.hosts[1]!);
const n = Number(process.argv[3] ?? 30);
const find = (re: RegExp) => readdirSync('/proc').filter((p) => /^\d+$/.test(p)).filter((p) => { try { return re.test(readFileSync(`/proc/${p}/cmdline`, 'utf8').replaceAll('\0', ' ')); } catch { return false; } }).map(Number);
const who: Record<string, () => number> = {
  api: () => cpuMs(stack.api.pid!), scheduler: () => cpuMs(stack.scheduler.pid!), agent: () => cpuMs(stack.hosts[1]!.agent.pid!), agent1: () => cpuMs(stack.hosts[0]!.agent.pid!),
  cli: () => find(new RegExp(`terminals/${t.id}`)).reduce((s, p) => s + cpuMs(p), 0),
  tmux: () => find(new RegExp(`tmux -S ${stack.hosts[1]!.socket}`)).reduce((s, p) => s + cpuMs(p), 0),
  pg: () => [...childrenOf(process.pid).map(Number)].flatMap((p) => [p, ...childrenOf(p).map(Number)]).filter((p) => /postgres/.test(readFileSync(`/proc/${p}/cmdline`, 'utf8'))).reduce((s, p) => s + cpuMs(p), 0),
  bench: () => (process.cpuUsage().user + process.cpuUsage().system) / 1000,
};
const run = async () => {
  const b = Object.fromEntries(Object.entries(who).map(([k, f]) => [k, f()]));
  const began = performance.now();
  const x = await exchange(stack, t, n);
  const wall = performance.now() - began;
  console.log('wall per msg', (wall / (n + 2)).toFixed(1), 'post', median(x.post).toFixed(1), 'pane', median(x.pane).toFixed(1), 'accepted', median(x.accepted).toFixed(1));
  for (const [k, f] of Object.entries(who)) console.log('  cpu ms/msg', k, ((f() - b[k]!) / (n + 2)).toFixed(1));
};
await run(); await run();
const ev = stack.events.all().filter((e) => e.terminal_id === t.id);
const k: Record<string, number> = {}; for (const e of ev) k[e.kind] = (k[e.kind] ?? 0) + 1; console.log(k);
console.log(readFileSync(`${stack.hosts[1]!.stateDir}/spool.jsonl`, 'utf8').split('\n').slice(-12).join('\n'));
console.log(ev.slice(-14).map((e) => `${e.at} ${e.kind} ${JSON.stringify(e.data)}`).join('\n'));
await closeSessions(stack, [t.session]);
