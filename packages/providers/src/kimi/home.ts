import { createHash } from 'node:crypto';

const MAX_SLUG = 40;
const HASH_LENGTH = 12;
const odd = /[^a-z0-9._-]+/g;
const edges = /^-+|-+$/g;

/** Kimi Code's name for a working directory, as 2.1.0 forms it: its sessions and its trust are kept under it. */
export function workdirKey(cwd: string): string {
  const path = cwd.replace(/\/+$/, '');
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const slug = name.replaceAll(odd, '-').replaceAll(edges, '').slice(0, MAX_SLUG).replaceAll(edges, '');
  const hash = createHash('sha256').update(path).digest('hex').slice(0, HASH_LENGTH);
  return `wd_${/^\.{0,2}$/.test(slug) ? 'workspace' : slug}_${hash}`;
}

/** Where the log of a session lies. */
export const wirePath = (home: string, cwd: string, session: string): string =>
  `${home}/sessions/${workdirKey(cwd)}/${session}/agents/main/wire.jsonl`;
