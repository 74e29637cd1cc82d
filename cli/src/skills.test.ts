import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from './parse.ts';
import { findCommand, loadCommand } from './registry.ts';
import { wordsOf } from './testing/examples.ts';

const skills = new URL('../../skills/', import.meta.url);

test.each(readdirSync(skills))('every command of the skill %s is one that cao has', async (name) => {
  const text = readFileSync(new URL(`${name}/SKILL.md`, skills), 'utf8');
  expect(text).toMatch(new RegExp(`^---\\nname: ${name}\\ndescription: .+\\n---\\n`));
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  const lines = blocks.flatMap((block) => block.trim().split('\n'));
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) {
    const words = wordsOf(line);
    const found = findCommand(words);
    expect(found, line).not.toBeNull();
    expect(parse(await loadCommand(found!.path), words.slice(found!.words)), line).toBeTypeOf('object');
  }
});
