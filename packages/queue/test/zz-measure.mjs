import { bellPayload } from '@cao/contracts';
import { openQueues } from '@cao/queue';
import { silentLogger } from '@cao/runtime';
import { startPostgres } from '/work/main/test/support/postgres.ts';
import { startRedis } from '/work/main/test/support/redis.ts';

const bell = { kind: 'mail', payload: bellPayload, deadlineMs: 30000, attempts: 3 };
const pct = (a, p) => a.sort((x, y) => x - y)[Math.min(a.length - 1, Math.floor(a.length * p))].toFixed(2);
for (const [kind, start] of [
  ['redis', startRedis],
  ['postgres', startPostgres],
]) {
  const s = await start();
  try {
    const q = await openQueues({ backend: { kind, url: s.url }, log: silentLogger });
    let got;
    const N = 500;
    const lat = [],
      ringMs = [];
    for (let h = 0; h < 20; h++)
      await q.serve(`host-h${h}`, [bell], async (k, id) => {
        got?.(performance.now());
      });
    await new Promise((r) => setTimeout(r, 500));
    for (let i = 0; i < N + 50; i++) {
      const p = new Promise((r) => (got = r));
      const t = performance.now();
      await q.ring(`host-h${i % 20}`, bell, `t${i}`);
      const rung = performance.now();
      const at = await p;
      if (i >= 50) {
        lat.push(at - t);
        ringMs.push(rung - t);
      }
      await new Promise((r) => setTimeout(r, 5));
    }
    console.log(
      kind,
      'ring→handler p50',
      pct(lat, 0.5),
      'p99',
      pct(lat, 0.99),
      'ring() p50',
      pct(ringMs, 0.5),
      'p99',
      pct(ringMs, 0.99),
    );
    // throughput
    let done = 0;
    let fin;
    const all = new Promise((r) => (fin = r));
    got = () => {
      if (++done === 2000) fin();
    };
    const t = performance.now();
    for (let i = 0; i < 2000; i += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, j) => q.ring(`host-h${(i + j) % 20}`, bell, `x${i + j}`)),
      );
    await all;
    console.log(kind, '2000 bells', (2000 / ((performance.now() - t) / 1000)).toFixed(0), '/s');
    got = undefined;
    await new Promise((r) => setTimeout(r, 1000));
    let c = process.cpuUsage();
    await new Promise((r) => setTimeout(r, 10000));
    c = process.cpuUsage(c);
    console.log(kind, 'idle cpu 20 workers', (((c.user + c.system) / 1e6 / 10) * 100).toFixed(2), '%');
    await s.stop();
    c = process.cpuUsage();
    await new Promise((r) => setTimeout(r, 5000));
    c = process.cpuUsage(c);
    console.log(kind, 'outage cpu 20 workers', (((c.user + c.system) / 1e6 / 5) * 100).toFixed(2), '%');
    await s.start();
    const t2 = performance.now();
    const back = Array.from({ length: 20 }, (_, h) => 0);
    const seen = new Set();
    await q.close();
  } finally {
    await s.remove();
  }
}
