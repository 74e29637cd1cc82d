import { cpSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type RecordLine, recordOf } from '../support/stack/ledger-check.ts';
import { ROOT } from '../support/stack/root.ts';
import { recordFolder } from '../support/stack/storm.ts';
import type { Stack } from '../support/stack/with-stack.ts';

export function readRecords(stack: Stack): Map<string, readonly RecordLine[]> {
  const folder = recordFolder(stack);
  const terminals = readdirSync(folder).map((file) => basename(file, '.jsonl'));
  return new Map(terminals.map((id) => [id, recordOf(folder, id)]));
}

/** Keeps what a failed run leaves: logs, records, the hosts' folders, and these documents. @returns the folder. */
export function keepEvidence(
  stack: Stack,
  name: string,
  documents: Readonly<Record<string, unknown>>,
): string {
  const folder = join(ROOT, '.cache/chaos', name);
  mkdirSync(folder, { recursive: true });
  cpSync(stack.dir, join(folder, 'stack'), {
    recursive: true,
    filter: (path) => {
      const stat = lstatSync(path, { throwIfNoEntry: false });
      return stat !== undefined && (stat.isFile() || stat.isDirectory());
    },
  });
  for (const [file, content] of Object.entries(documents))
    writeFileSync(join(folder, file), JSON.stringify(content, null, 1));
  return folder;
}
