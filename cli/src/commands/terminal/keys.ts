import { keyName, terminalId } from '@cao/contracts';
import { z } from 'zod';
import { arg, defineCommand, jsonFlag, restArg } from '../../command.ts';

const key = z.string().refine((text) => keyName.safeParse(text).success, {
  error:
    'a key is Up, Down, Left, Right, Enter, Tab, BTab, Escape, Space, BSpace, PageUp, PageDown, Home, End, C-x, M-x or one character',
});

export const command = defineCommand({
  path: ['terminal', 'keys'],
  summary: 'Press keys in a terminal, as a person at its keyboard would',
  help: 'For menus; permission prompts have `cao approval`. Text belongs into `cao terminal send`, which waits until the agent takes it.',
  examples: ['cao terminal keys TERMINAL Down Enter', 'cao terminal keys TERMINAL Escape'],
  args: {
    id: arg('ID', terminalId, 'terminal'),
    keys: restArg('KEY', key, 'named as tmux does, or one character'),
  },
  options: { json: jsonFlag },
  async run({ id, keys, json }, { io, client, signal }) {
    const answer = await client.terminals.keys({ params: { id }, body: { keys: [...keys] }, signal });
    if (json) return io.json(answer);
    io.note(`pressed ${keys.join(' ')} in ${id}`);
  },
});
