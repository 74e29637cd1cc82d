import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

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

let nets = 0;

export function openNamespace(): Namespace {
  const id = randomBytes(3).toString('hex');
  const name = `cao-${id}`;
  const outer = `co${id}`;
  const inner = `ci${id}`;
  // 10.213.0.0/16 in nets of four addresses, apart from those of other test runs by the process id.
  const net = `10.213.${process.pid % 250}.${(nets++ % 60) * 4}`.split('.').map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const at = (offset: number) => [...net.slice(0, 3), net[3] + offset].join('.');
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
