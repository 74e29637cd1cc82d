// Asks for one birth. usage: midwife.ts <order as JSON>. Writes `born` or `adopted`.
import { armFailpoints, silentLogger } from '@cao/runtime';
import { type Birth, openTmux } from '@cao/terminal';

const order = JSON.parse(process.argv[2] ?? '{}') as { socket: string; birth: Birth; failpoints: string };
armFailpoints(order.failpoints);
const path = '/usr/local/bin:/usr/bin:/bin';
const server = openTmux({ socket: { path: order.socket }, home: '/', path, log: silentLogger });
await server.start();
const { adopted } = await server.birth(order.birth);
process.stdout.write(adopted ? 'adopted\n' : 'born\n');
await server.stop();
