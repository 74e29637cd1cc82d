import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CHECKPOINT, type Checkpoint, type LinkCommand } from '@cao/contracts';
import type { ConversationFiles } from '@cao/providers';
import { create, extract } from 'tar';
import type { Came } from '../workspace/trees.ts';
import type { Packed } from '../workspace/workspaces.ts';

/** What nobody fetched, or came for a start that never was. Units: ms. */
const STAYS_MS = 3_600_000;

const CONVERSATION = 'conversation';
const WORK = 'work.bundle';
/** Units: characters. */
const MOST_NOTE = 2_000;

interface Pane {
  readonly terminal: string;
  readonly epoch: number;
}

/** What came along with a terminal, unpacked: paths on this host, null for what did not come. */
export interface Arrived {
  /** A folder. */
  readonly conversation: string | null;
  /** A git bundle. */
  readonly work: string | null;
}

/** What terminals take along to another host: packed on the one they leave, unpacked on the one they come to. */
export interface Checkpoints {
  /**
   * @param conversation where its CLI keeps it; null: it cannot be brought along.
   * @param packWork writes a git bundle of the work to this path
   */
  make(
    pane: Pane,
    conversation: ConversationFiles | null,
    packWork: (path: string) => Promise<Packed>,
  ): Promise<Checkpoint>;
  read(pane: Pane, from: number): string;
  write(command: Extract<LinkCommand, { do: 'write_checkpoint' }>): void;
  /** Null until all of it is here. */
  arrived(pane: Pane, about: Omit<Checkpoint, 'note'>): Promise<Arrived | null>;
  forget(pane: Pane): void;
}

export function makeCheckpoints(stateDir: string): Checkpoints {
  const root = join(stateDir, 'checkpoints');
  const folderOf = ({ terminal, epoch }: Pane) => join(root, `${terminal}-${epoch}`);
  const archiveOf = (pane: Pane) => join(folderOf(pane), 'archive.tar');

  const removeOld = () => {
    for (const name of existsSync(root) ? readdirSync(root) : []) {
      const path = join(root, name);
      if (Date.now() - statSync(path).mtimeMs > STAYS_MS) rmSync(path, { recursive: true, force: true });
    }
  };

  return {
    async make(pane, conversation, packWork) {
      removeOld();
      const folder = folderOf(pane);
      const stage = join(folder, 'stage');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(stage, { recursive: true, mode: 0o700 });
      try {
        const files = conversation ? filesOf(conversation) : [];
        const said = conversationNote(conversation, files);
        if (said.comes)
          for (const file of files)
            copy(join(conversation!.root, file.path), join(stage, CONVERSATION, file.path));
        const { work, marks, note } = await packWork(join(stage, WORK));
        const about = {
          conversation: said.comes,
          work,
          marks,
          note: [said.note, note].filter(Boolean).join('; ').slice(0, MOST_NOTE),
        };
        if (!about.conversation && work !== 'comes') return { bytes: 0, sha256: '', ...about };
        await create({ file: archiveOf(pane), cwd: stage, portable: true }, ['.']);
        return { ...(await sumOf(archiveOf(pane))), ...about };
      } finally {
        rmSync(stage, { recursive: true, force: true });
      }
    },
    read(pane, from) {
      const fd = openSync(archiveOf(pane), 'r');
      try {
        const bytes = Buffer.alloc(CHECKPOINT.part);
        return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from)).toString('base64');
      } finally {
        closeSync(fd);
      }
    },
    write({ from, data, ...pane }) {
      if (from === 0) {
        removeOld();
        rmSync(folderOf(pane), { recursive: true, force: true });
        mkdirSync(folderOf(pane), { recursive: true, mode: 0o700 });
      }
      const fd = openSync(archiveOf(pane), from === 0 ? 'w' : 'r+', 0o600);
      try {
        writeSync(fd, Buffer.from(data, 'base64'), 0, null, from);
      } finally {
        closeSync(fd);
      }
    },
    async arrived(pane, about) {
      if (about.bytes === 0) return { conversation: null, work: null };
      const whole = join(folderOf(pane), 'arrived');
      if (!existsSync(whole)) {
        const archive = archiveOf(pane);
        if (!existsSync(archive)) return null;
        const { bytes, sha256 } = await sumOf(archive);
        if (bytes !== about.bytes || sha256 !== about.sha256) return null;
        const draft = `${whole}.new`;
        rmSync(draft, { recursive: true, force: true });
        mkdirSync(draft, { mode: 0o700 });
        // It comes from another machine: nothing but files and folders is taken out of it.
        await extract({
          file: archive,
          cwd: draft,
          strict: true,
          preserveOwner: false,
          filter: (_, entry) => 'type' in entry && (entry.type === 'File' || entry.type === 'Directory'),
        });
        renameSync(draft, whole);
      }
      const there = (name: string) => (existsSync(join(whole, name)) ? join(whole, name) : null);
      return { conversation: there(CONVERSATION), work: there(WORK) };
    },
    forget: (pane) => rmSync(folderOf(pane), { recursive: true, force: true }),
  };
}

/** Puts a conversation that came along where the CLI of this host looks for it. Files of other conversations are not touched. */
export function placeConversation(arrived: string, { root, holds }: ConversationFiles): void {
  for (const { path } of filesOf({ root: arrived, holds })) copy(join(arrived, path), join(root, path));
}

/** CLIs keep a conversation by its folder: in another one some do not find it, and some ask a person which one it shall be. */
export const isSameFolder = (here: string, there: string | null): boolean =>
  existsSync(here) && realpathSync(here) === there;

/** The work of a terminal that comes from another host; null: it has none there, or it stayed. */
export const cameWith = (
  { checkpoint }: Extract<LinkCommand, { do: 'start' }>,
  arrived: Arrived | null,
): Came | null =>
  checkpoint?.work === 'comes' || checkpoint?.work === 'saved'
    ? { marks: checkpoint.marks, bundle: arrived?.work ?? null }
    : null;

function conversationNote(
  conversation: ConversationFiles | null,
  files: readonly { readonly bytes: number }[],
): { readonly comes: boolean; readonly note: string } {
  const stays = (why: string) => ({ comes: false, note: `its conversation does not come along: ${why}` });
  if (!conversation) return stays('its CLI keeps it where it cannot be taken from');
  if (files.length === 0) return stays('no file of it was found');
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > CHECKPOINT.most / 2) return stays(`it has ${Math.round(bytes / 1e6)} MB`);
  return { comes: true, note: 'its conversation comes along' };
}

/** Relative paths. */
function filesOf({ root, holds }: ConversationFiles): { path: string; bytes: number }[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => path.includes(holds))
    .map((path) => ({ path, bytes: statSync(join(root, path)).size }));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  copyFileSync(from, to);
}

async function sumOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { bytes: statSync(path).size, sha256: hash.digest('hex') };
}
