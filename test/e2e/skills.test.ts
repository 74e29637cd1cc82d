import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deliver } from '../support/stack/agents.ts';
import { nextApproval } from '../support/stack/approvals.ts';
import { ROOT } from '../support/stack/root.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

const SKILLS = join(ROOT, 'skills');

/** The lines of its sh blocks; what is in capitals there stands for the reader's own. */
function commandsOf(skill: string): string[] {
  const text = readFileSync(join(SKILLS, skill, 'SKILL.md'), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  return blocks.flatMap((block) => block.trim().split('\n'));
}

/** Words as a shell splits them; the skills quote with double quotes only. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);

async function question(stack: Stack, terminal: string): Promise<string> {
  await deliver(stack, terminal, '[[ask Bash make]] [[say made]]');
  return nextApproval(stack, terminal);
}

test.each(readdirSync(SKILLS))('every command of the skill %s does what it says', async (skill) => {
  await using stack = await withStack({ hosts: 1 });
  const content =
    '---\nname: scripted_dev\nprovider: scripted\nrole: developer\n---\nYou do what you are told.\n';
  await stack.client.profiles.put({ params: { name: 'scripted_dev' }, body: { content } });
  const own: Record<string, string> = { NAME: 'skilled', PROFILE: 'scripted_dev', HOST: 'host-1' };

  for (const line of commandsOf(skill)) {
    const { terminals } = await stack.client.terminals.list({ query: {} });
    if (terminals[0]) own.TERMINAL = terminals[0].id;
    // The reader has one that waits.
    if (line.includes('APPROVAL')) own.APPROVAL ??= await question(stack, own.TERMINAL!);
    const [cao, ...words] = wordsOf(line).map((word) => own[word] ?? word);
    expect(cao).toBe('cao');
    expect(await stack.cao(words), line).toMatchObject({ code: 0 });
  }
});
