// What stands in front of several replicas: leads each connection to the replica that has fewest of ours, and to another one
// when that does not answer. A process of its own, as a proxy is. usage: balancer.ts PORT REPLICA_PORT…
import { connect, createServer, type Socket } from 'node:net';

const [port, ...replicas] = process.argv.slice(2).map(Number);
const open = new Map(replicas.map((replica) => [replica, 0]));

function lead(near: Socket, candidates: number[]): void {
  const replica = candidates.sort((a, b) => open.get(a)! - open.get(b)!).shift();
  if (replica === undefined) return void near.destroy();
  // With the address of its caller, as a proxy would tell it: calls are counted by address.
  const far = connect({ port: replica, host: '127.0.0.1', localAddress: near.remoteAddress });
  const count = (by: number) => open.set(replica, open.get(replica)! + by);
  const refused = () => {
    count(-1);
    lead(near, candidates);
  };
  count(1);
  far.once('error', refused);
  far.once('connect', () => {
    far.off('error', refused);
    far.on('error', () => near.destroy());
    far.on('close', () => {
      count(-1);
      near.destroy();
    });
    near.on('close', () => far.destroy());
    near.pipe(far).pipe(near);
  });
}

createServer((near) => {
  near.on('error', () => near.destroy());
  lead(near, [...replicas]);
}).listen({ port, host: '127.0.0.1', backlog: 4_096 }, () => process.send?.('ready'));
process.on('disconnect', () => process.exit());
