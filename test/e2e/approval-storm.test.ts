import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApprovalDecision } from '@cao/contracts';
import { expect, test } from 'vitest';
import { knownAgent } from '../support/stack/agents.ts';
import { nextApproval } from '../support/stack/approvals.ts';
import { openInboxes, seeded, send, settleAndJudge } from '../support/stack/storm.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** How many questions are asked, and the seed: a few in every run, hundreds by `CAO_APPROVAL_TRIES=500`. */
const TRIES = Number(process.env.CAO_APPROVAL_TRIES ?? 40);
const SEED = Number(process.env.CAO_STORM_SEED ?? 1);
const LANES = 8;
const MS_PER_TRY = 2_000;

/** Dialogs out of nowhere after a turn, Enters that are swallowed: both make texts and dialogs meet. */
const MALICE = `seed=${SEED},dialog=0.1,swallow_enter=0.1,delay=0-60`;

/** When a message goes out in a try: each moment is one at which a dialog opens or closes. */
const moments = ['with the question', 'as it opens', 'with the answer', 'after the answer'] as const;
type Moment = (typeof moments)[number];

interface Decided {
  readonly name: string;
  readonly decision: ApprovalDecision;
}

/** One terminal asks again and again, and is written to meanwhile. @returns what was decided of each question. */
async function lane(stack: Stack, terminal: string, tries: number, random: () => number): Promise<Decided[]> {
  const known = new Set<string>();
  const decided: Decided[] = [];
  for (let n = 0; n < tries; n++) {
    const name = `${terminal}-${n}`;
    const chosen = new Set(moments.filter(() => random() < 0.45));
    const write = async (at: Moment) => {
      if (chosen.has(at)) await send(stack, terminal, `${name} ${at}`);
    };
    const decision = random() < 0.6 ? 'allow' : 'deny';
    await Promise.all([
      send(stack, terminal, `${name} [[ask Bash ${name}]] [[say ${name}]]`),
      write('with the question'),
    ]);
    const id = await nextApproval(stack, terminal, known, 'Bash');
    known.add(id);
    const opening = write('as it opens');
    if (random() < 0.5) await opening;
    const answer = stack.client.approvals.answer({ params: { id }, body: { decision } });
    await Promise.all([opening, write('with the answer'), answer]);
    await write('after the answer');
    decided.push({ name, decision });
  }
  return decided;
}

/** What the agent says became of each question, by its command; dialogs out of nowhere have none, and are never allowed. */
async function outcomes(stack: Stack, terminal: string): Promise<Map<string, string>> {
  const { host } = await knownAgent(stack, terminal);
  const file = join(host.stateDir, 'terminals', `${terminal}-1`, 'session.jsonl');
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const names = new Map<number, string>();
  const found = new Map<string, string>();
  for (const line of lines) {
    const entry = JSON.parse(line) as {
      type: string;
      dialog: number;
      input?: { command?: string };
      allowed: boolean;
    };
    if (entry.type === 'dialog' && entry.input?.command) names.set(entry.dialog, entry.input.command);
    if (entry.type !== 'dialog_closed') continue;
    const name = names.get(entry.dialog) ?? `dialog ${entry.dialog}, which nobody asked for`;
    if (names.has(entry.dialog) || entry.allowed) found.set(name, entry.allowed ? 'allow' : 'deny');
  }
  return found;
}

test('messages that come while questions open and close answer none of them, and none is lost', {
  timeout: 60_000 + TRIES * MS_PER_TRY,
}, async () => {
  await using stack = await withStack({ hosts: 1, agentEnv: { CAO_SCRIPTED_MALICE: MALICE } });
  const inboxes = await openInboxes(stack, LANES);
  const share = (n: number) => Math.floor(TRIES / LANES) + (n < TRIES % LANES ? 1 : 0);
  const lanes = await Promise.all(
    inboxes.map((id, n) => lane(stack, id, share(n), seeded(SEED * 1_000 + n))),
  );

  const verdict = await settleAndJudge(stack, inboxes);
  const wrong: string[] = [];
  for (const [n, id] of inboxes.entries()) {
    const found = await outcomes(stack, id);
    for (const { name, decision } of lanes[n]!) {
      if (found.get(name) !== decision) wrong.push(`${name}: ${decision}, and it was ${found.get(name)}`);
      found.delete(name);
    }
    for (const [name, outcome] of found) wrong.push(`${name}: ${outcome}`);
  }
  console.error(
    `approvals, seed ${SEED}: ${lanes.flat().length} questions, ${wrong.length} wrong answers, ${verdict.sent} messages, ${verdict.lost.length} lost`,
  );
  expect(wrong).toEqual([]);
  expect(lanes.flat()).toHaveLength(TRIES);
  // A decision that overtakes the hook of its question is pressed as a key; no other key, Return or text may come there.
  const keys = verdict.dialogsAnswered.filter((line) => !/^{"dialog_key":"[12]"(,"pid":\d+)?}$/.test(line));
  expect(keys).toEqual([]);
  expect(verdict).toMatchObject({
    open: 0,
    dead: 0,
    lost: [],
    doubled: [],
    reordered: [],
  });
  expect(verdict.accepted).toBeGreaterThan(TRIES);
});
