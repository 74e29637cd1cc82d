import { expect, test } from 'vitest';
import { byApi } from './answer.ts';

test('who asked by an API is answered by it, with keys at hand; what the screen alone has told, by keys', () => {
  const answer = byApi({ allow: '1', deny: 'Escape' }, (isYes, nativeId, tool) => ({
    kind: 'socket',
    message: { id: nativeId, result: { isYes, tool } },
  }));
  expect(answer('allow', { tool: 'Shell', input: null, nativeId: '7' })).toEqual({
    reply: null,
    keys: ['1'],
    request: { kind: 'socket', message: { id: '7', result: { isYes: true, tool: 'Shell' } } },
  });
  expect(answer('deny', { tool: '', input: null })).toEqual({ reply: null, keys: ['Escape'] });
});
