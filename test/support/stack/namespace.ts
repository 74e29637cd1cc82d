import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';

/** A machine of its own as far as the network goes: a namespace joined to this one by a veth pair. */
export interface Namespace {
  /** Put before a command to run it there. */
  readonly wrap: readonly string[];
  /** This machine, as seen from there. */
  readonly gateway: string;
  /** Cuts and mends the wire. */
  partition(): void;
  heal(): void;
  remove(): void;
}

/** Whether namespaces can be made here: root, and iproute2. Said aloud by whoever falls back. */
export function canMakeNamespaces(): boolean {
  try {
    const probe = openNamespace();
    probe.remove();
    return true;
  } catch {
    return false;
  }
}

/** One of the 16,384 nets of four addresses in 10.213.0.0/16 that nobody here has: test runs go on side by side. */
function freeNet(): readonly [prefix: string, first: number] {
  const taken = execFileSync('ip', ['-o', '-4', 'addr', 'show'], { encoding: 'utf8' });
  for (;;) {
    const [prefix, first] = [`10.213.${randomInt(256)}`, randomInt(64) * 4] as const;
    if (!taken.includes(` ${prefix}.${first + 1}/`)) return [prefix, first];
  }
}

export function openNamespace(): Namespace {
  const id = randomBytes(3).toString('hex');
  const name = `cao-${id}`;
  const outer = `co${id}`;
  const inner = `ci${id}`;
  const [prefix, first] = freeNet();
  const at = (offset: number) => `${prefix}.${first + offset}`;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
  ip('netns', 'add', name);
  try {
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name);
    ip('addr', 'add', `${at(1)}/30`, 'dev', outer);
    ip('link', 'set', outer, 'up');
    ip('-n', name, 'addr', 'add', `${at(2)}/30`, 'dev', inner);
    ip('-n', name, 'link', 'set', inner, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
  } catch (error) {
    ip('netns', 'delete', name);
    throw error;
  }
  return {
    wrap: ['ip', 'netns', 'exec', name],
    gateway: at(1),
    partition: () => void ip('link', 'set', outer, 'down'),
    heal: () => void ip('link', 'set', outer, 'up'),
    remove() {
      ip('netns', 'delete', name); // the veth pair goes with it
    },
  };
}
