import { describe, expect, test } from 'vitest';
import { makeMalice } from '../../../test/support/scripted-agent/malice.ts';
import { parseScript } from '../../../test/support/scripted-agent/script.ts';
import { substitute, substituteDeep, withoutSuffix } from '../../../test/support/scripted-agent/variables.ts';

const known = { results: ['{"output":"fine","n":3}', 'plain'], messages: ['one'] };

describe('directives in a prompt', () => {
  test('are found in prose, in order', () => {
    const script = parseScript(
      'Please [[say Hello *you*]] and then [[sleep 20]].\n\n[Message from terminal abc]',
    );
    expect(script.map(({ verb, text }) => [verb, text])).toEqual([
      ['say', 'Hello *you*'],
      ['sleep', '20'],
    ]);
  });

  test('keep directives for somebody else whole', () => {
    const [only, ...more] = parseScript('[[reply I will [[say yes]] then [[die 1]]]]');
    expect(only?.text).toBe('I will [[say yes]] then [[die 1]]');
    expect(more).toEqual([]);
  });

  test('take JSON as far as the JSON goes, brackets and nested JSON included', () => {
    const inner = `[[call handoff ${JSON.stringify({ agent_profile: 'c', message: 'x ]] y [[say "z"]]' })}]]`;
    const outer = `[[call handoff ${JSON.stringify({ agent_profile: 'b', message: inner, list: [[1]] })}]] [[say end]]`;
    const [call, say] = parseScript(outer);
    expect(call?.input).toEqual({ agent_profile: 'b', message: inner, list: [[1]] });
    expect(parseScript(String(call?.input.message))[0]?.input.message).toBe('x ]] y [[say "z"]]');
    expect(say?.text).toBe('end');
  });

  test('may spread their JSON over lines', () => {
    expect(
      parseScript('[[call assign {\n  "agent_profile": "a",\n\t"message": "one\ntwo"\n} ]]')[0]?.input,
    ).toEqual({
      agent_profile: 'a',
      message: 'one\ntwo',
    });
  });

  test('say aloud what is wrong with them', () => {
    expect(parseScript('[[call handoff {"a": }]]')[0]?.text).toContain('Broken directive call');
    expect(parseScript('[[say no end')[0]?.text).toContain('no ]] closes it');
  });

  test('leave brackets alone that are no directives', () => {
    expect(parseScript('if [[ -f x ]]; then echo [[unknown]]; fi')).toEqual([]);
  });
});

describe('variables', () => {
  test('stand for results, their fields and awaited messages', () => {
    expect(substitute('$2, $1.output, $1.n. $m1! $2.', known)).toBe('plain, fine, 3. one! plain.');
  });

  test('that are not known stay as written', () => {
    expect(substitute('$9 $m7 costs $', known)).toBe('$9 $m7 costs $');
  });

  test('inside a nested directive belong to whoever runs it', () => {
    expect(substituteDeep({ message: '$2 [[say $1]] $2' }, known)).toEqual({
      message: 'plain [[say $1]] plain',
    });
  });

  test('of messages have no line of CAO at their end', () => {
    expect(withoutSuffix('done\n\n[Message from terminal ab12cd34. Use send_message.]')).toBe('done');
  });
});

describe('malice', () => {
  const draws = (seed: number, terminal: string) => {
    const malice = makeMalice(`seed=${seed},swallow_enter=0.5`, terminal);
    return Array.from({ length: 64 }, () => (malice.strikes('swallow_enter') ? 1 : 0)).join('');
  };

  test('is the same for a seed and a terminal, and another for another', () => {
    expect(draws(7, 'a1111111')).toBe(draws(7, 'a1111111'));
    expect(draws(7, 'a1111111')).not.toBe(draws(8, 'a1111111'));
    expect(draws(7, 'a1111111')).not.toBe(draws(7, 'a1111112'));
  });

  test('of one kind does not depend on the others', () => {
    const malice = makeMalice('seed=7,swallow_enter=0.5,lose_hook=0.5', 'a1111111');
    const seen = Array.from({ length: 64 }, () => {
      malice.strikes('lose_hook');
      return malice.strikes('swallow_enter') ? 1 : 0;
    }).join('');
    expect(seen).toBe(draws(7, 'a1111111'));
  });

  test('that is misspelt is refused', () => {
    expect(() => makeMalice('seed=1,swallow_entre=1', 'a')).toThrow('swallow_entre');
  });
});
