import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CHECKPOINT, type Checkpoint } from '@cao/contracts';
import { create } from 'tar';
import { expect, onTestFinished, test } from 'vitest';
import { type Checkpoints, makeCheckpoints, placeConversation } from './checkpoint.ts';

const ID = '11111111-2222-3333-4444-555555555555';
const OLD = { terminal: 'a0000000', epoch: 1 };
const NEW = { terminal: 'a0000000', epoch: 2 };
const noWork = async () => ({ work: 'none' as const, marks: [], note: '' });

/** Two hosts, each with a folder in which its CLI keeps conversations. */
function twoHosts() {
  const dir = mkdtempSync(join(tmpdir(), 'cao-checkpoint-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const host = (name: string) => ({
    checkpoints: makeCheckpoints(join(dir, name)),
    conversation: { root: join(dir, name, 'conversations'), holds: ID },
    archive: ({ terminal, epoch }: typeof OLD) =>
      join(dir, name, 'checkpoints', `${terminal}-${epoch}`, 'archive.tar'),
  });
  return { dir, from: host('from'), to: host('to') };
}

function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** As the api does it, part by part. */
function carry(from: Checkpoints, to: Checkpoints, { bytes }: Checkpoint, least = 0): void {
  for (let at = least; at < bytes; at += CHECKPOINT.part)
    to.write({ do: 'write_checkpoint', ...NEW, from: at, data: from.read(OLD, at) });
}

test('the files of one conversation, and the work, are on the other host as they were', async () => {
  const { from, to } = twoHosts();
  const log = 'x'.repeat(CHECKPOINT.part * 2 + 17);
  put(from.conversation.root, `2026/11/${ID}.jsonl`, log);
  put(from.conversation.root, `${ID}/sub/agent.jsonl`, 'sub');
  put(from.conversation.root, 'another.jsonl', 'not ours');
  const made = await from.checkpoints.make(OLD, from.conversation, async (bundle) => {
    writeFileSync(bundle, 'work');
    return { work: 'comes', marks: ['m'], note: 'its unpushed work comes along' };
  });
  expect(made).toMatchObject({
    conversation: true,
    work: 'comes',
    note: 'its conversation comes along; its unpushed work comes along',
  });
  expect(await to.checkpoints.arrived(NEW, made)).toBeNull();
  carry(from.checkpoints, to.checkpoints, made);
  const arrived = await to.checkpoints.arrived(NEW, made);
  expect(readFileSync(arrived!.work!, 'utf8')).toBe('work');
  put(to.conversation.root, `2026/11/${ID}.jsonl`, 'what it was when it left here once');
  put(to.conversation.root, 'another.jsonl', 'of this host');
  placeConversation(arrived!.conversation!, to.conversation);
  const at = (path: string) => readFileSync(join(to.conversation.root, path), 'utf8');
  expect(at(`2026/11/${ID}.jsonl`)).toBe(log);
  expect(at(`${ID}/sub/agent.jsonl`)).toBe('sub');
  expect(at('another.jsonl')).toBe('of this host');
  // Asked again after a restart, it is there; then nothing is left of it.
  expect(await to.checkpoints.arrived(NEW, made)).toEqual(arrived);
  to.checkpoints.forget(NEW);
  expect(await to.checkpoints.arrived(NEW, made)).toBeNull();
});

test('a part that is missing or not as it was leaves it not arrived, and the whole of it mends that', async () => {
  const { from, to } = twoHosts();
  put(from.conversation.root, `${ID}.jsonl`, 'y'.repeat(CHECKPOINT.part));
  const made = await from.checkpoints.make(OLD, from.conversation, noWork);
  to.checkpoints.write({ do: 'write_checkpoint', ...NEW, from: 0, data: from.checkpoints.read(OLD, 0) });
  expect(await to.checkpoints.arrived(NEW, made)).toBeNull();
  to.checkpoints.write({ do: 'write_checkpoint', ...NEW, from: CHECKPOINT.part, data: '' });
  expect(await to.checkpoints.arrived(NEW, made)).toBeNull();
  carry(from.checkpoints, to.checkpoints, made);
  expect(await to.checkpoints.arrived(NEW, made)).not.toBeNull();
});

test.each([
  ['a CLI whose conversations cannot be taken from where they are', true, ''],
  ['a conversation without a file', false, ''],
  ['one that is too long', false, 'z'.repeat(CHECKPOINT.most / 2 + 1)],
])('%s: nothing comes along, and it is said', async (_, unknown, log) => {
  const { from, to } = twoHosts();
  if (log) put(from.conversation.root, `${ID}.jsonl`, log);
  const made = await from.checkpoints.make(OLD, unknown ? null : from.conversation, noWork);
  expect(made).toMatchObject({ bytes: 0, conversation: false, work: 'none' });
  expect(made.note).toMatch(/^its conversation does not come along: /);
  expect(await to.checkpoints.arrived(NEW, made)).toEqual({ conversation: null, work: null });
});

test('of an archive from another machine only files and folders are taken, and none outside of its folder', async () => {
  const { dir, from, to } = twoHosts();
  const stage = join(dir, 'evil');
  put(stage, `conversation/${ID}.jsonl`, 'good');
  symlinkSync('/etc', join(stage, 'conversation/link'));
  put(dir, 'outside', 'x');
  const made = await from.checkpoints.make(OLD, null, noWork);
  expect(made.bytes).toBe(0);
  await create({ file: from.archive(OLD), cwd: stage, preservePaths: true }, ['conversation', '../outside']);
  const bytes = readFileSync(from.archive(OLD));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  carry(from.checkpoints, to.checkpoints, { ...made, bytes: bytes.length, sha256 });
  const arrival = to.checkpoints.arrived(NEW, { ...made, bytes: bytes.length, sha256 });
  await expect(arrival).rejects.toThrow();
  expect(readdirSync(dir).sort()).toEqual(['evil', 'from', 'outside', 'to']);
});
