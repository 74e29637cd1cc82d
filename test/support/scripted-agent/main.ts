#!/usr/bin/env node
import { makeAgent } from './agent.ts';
import { makeDecoder } from './keys.ts';
import { readOptions } from './options.ts';
import { makeScreen } from './screen.ts';

const VERSION = 'cao-scripted-agent 1.0.0';

if (process.argv.includes('--version')) {
  console.log(VERSION);
} else if (!process.stdin.isTTY) {
  console.error('cao-scripted-agent needs a terminal: run it in a tmux pane');
  process.exit(1);
} else {
  const agent = makeAgent(readOptions(process.argv.slice(2), process.env), makeScreen(process.stdout));
  process.stdin.setRawMode(true);
  process.stdout.write('\x1b[?2004h');
  const decode = makeDecoder({ onInput: agent.input, onPasteBegin: agent.pasteBegin });
  process.stdin.on('data', decode);
  process.stdin.on('end', () => process.exit(0));
  for (const signal of ['SIGHUP', 'SIGTERM'] as const)
    process.once(signal, () => void agent.stop('other', 0));
  await agent.start();
}
