// Writes down every byte it receives. usage: recorder.mjs <file> [no-paste]
// SIGUSR1 switches bracketed paste off, SIGUSR2 on; SIGTERM ends it with status 3.
// <file>.start gets one line per start: arguments, directory and environment as JSON.
import { appendFileSync } from 'node:fs';

const [file, ...options] = process.argv.slice(2);
const say = (text) => process.stdout.write(text);
process.on('SIGUSR1', () => say('\u001b[?2004l'));
process.on('SIGUSR2', () => say('\u001b[?2004h'));
process.on('SIGTERM', () => process.exit(3));
if (process.stdin.isTTY) process.stdin.setRawMode(true);
process.stdin.on('data', (chunk) => appendFileSync(file, chunk));
appendFileSync(file, '');
// biome-ignore lint/style/noProcessEnv: what it was started with is what it is to tell
const start = { argv: options, cwd: process.cwd(), env: process.env };
appendFileSync(`${file}.start`, `${JSON.stringify(start)}\n`);
say(options[0] === 'no-paste' ? 'ready' : '\u001b[?2004hready');
