// A CLI whose server runs beside its terminal: `serve SOCKET`, `attached`, `alone`. What it is told goes to a file.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';

const [role, notes, socket] = process.argv.slice(2);
const tell = (what) => appendFileSync(notes, `${JSON.stringify({ role, pid: process.pid, what })}\n`);

if (role === 'serve') {
  if (!socket) process.exit(2);
  tell('serves');
  let words = 0;
  // The first word is a wish: it has work to do. The second one is an order.
  for (const word of ['SIGHUP', 'SIGTERM'])
    process.on(word, () => {
      tell(word);
      if (word === 'SIGTERM' && ++words === 2) process.exit(0);
    });
  if (socket === 'hang') setInterval(() => {}, 1_000_000);
  else createServer(() => {}).listen(socket);
} else {
  process.on('SIGHUP', () => process.exit(0));
  tell('runs');
  process.stdout.write('up\n');
  setInterval(() => {}, 1_000_000);
}
