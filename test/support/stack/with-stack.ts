import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Client, createClient } from '@cao/client';
import type { EventView } from '@cao/contracts';
import { freePort, newSecret } from '@cao/runtime';
import { AGENT_PATH, bundled } from '../bundles.ts';
import { freshDatabase, freshRedis, migratedDatabase } from '../services.ts';
import { type EventLog, followEvents } from './event-log.ts';
import { canMakeNamespaces, type Namespace, openNamespace } from './namespace.ts';
import { ROOT } from './root.ts';
import { type ServiceProcess, serviceProcess } from './service-process.ts';
import { type Backend, usualShape } from './shape.ts';
import { openWire, type Wire } from './wire.ts';

export interface StackOptions {
  /** What BullMQ runs on; as `usualShape` says unless given. */
  readonly backend?: Backend;
  /** The servers to make its database and its keys in; those of the test run unless given. */
  readonly services?: { readonly adminUrl: string; readonly redisUrl: string };
  readonly hosts?: number;
  /** Environment of the agents on all hosts: what the scripted agent reads. */
  readonly agentEnv?: Record<string, string>;
  /** Folders in front of the PATH of all hosts. */
  readonly path?: readonly string[];
  /** Fills the home folder of the agents before anything starts. */
  readonly prepareHome?: (home: string) => void;
  readonly capacity?: number;
  /** Environment of the api and the scheduler. */
  readonly serviceEnv?: Record<string, string>;
  /** Put every host but the first into a network namespace of its own, if this machine allows it. */
  readonly namespaces?: boolean;
  /** Lead each host's way to the api through a wire of its own that can be cut. */
  readonly cuttable?: boolean;
  /** How many of api and scheduler there are; as `usualShape` says unless given. With several apis, people and hosts come in by wires to all of them. */
  readonly replicas?: number;
  /** Where the worker-agents' program is, instead of this repository. */
  readonly agentRoot?: string;
  /** Where a host's state folder is made, unless in the folder of the stack. */
  readonly stateRoot?: (host: string) => string | undefined;
  /** Environment of one host's worker-agent. */
  readonly hostEnv?: (stateDir: string) => Record<string, string>;
}

export interface StackHost {
  readonly name: string;
  readonly agent: ServiceProcess;
  readonly stateDir: string;
  readonly socket: string;
  readonly net: Namespace | null;
  /** Its way to the api, in a stack that is `cuttable` or has several. */
  readonly wire: Wire | null;
  /** Names of the windows in its tmux, the hub's own left out. */
  windows(): string[];
}

/** One more api of the same CAO. No host is linked to it: all dial the first one. */
export interface Replica {
  readonly url: string;
  readonly client: Client;
  readonly api: ServiceProcess;
}

export interface Stack extends AsyncDisposable {
  readonly url: string;
  readonly dir: string;
  readonly databaseUrl: string;
  /** Where its bells are, when that is a Redis. */
  readonly redis: { readonly url: string; readonly prefix: string } | null;
  readonly adminToken: string;
  readonly client: Client;
  readonly events: EventLog;
  /** The first replica of each, where there are several. */
  readonly api: ServiceProcess;
  readonly scheduler: ServiceProcess;
  readonly apis: readonly ServiceProcess[];
  readonly schedulers: readonly ServiceProcess[];
  readonly hosts: readonly StackHost[];
  /** The environment of a person in a shell, without a CAO_HOME. */
  readonly personEnv: Readonly<Record<string, string>>;
  /** Ends a tmux server of this stack that a command of the test started. */
  killTmux(socket: string): void;
  addHost(name?: string): Promise<StackHost>;
  addReplica(): Promise<Replica>;
  /** Has hosts and people come in by this one: the other apis are started anew behind it. */
  leadTo(api: ServiceProcess): Promise<void>;
  /** Resets every connection between agents and api. Needs `cuttable`. */
  cutLinks(): void;
  /** Runs `cao` as a person would, with a home of its own. */
  cao(args: readonly string[], input?: string): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Waits until an event, past or to come, is accepted. */
  event(what: string, accept: (event: EventView) => boolean, timeoutMs?: number): Promise<EventView>;
}

/** The node that runs this, the repository's own programs, and the system's. */
const PATH = [dirname(process.execPath), AGENT_PATH, join(ROOT, 'node_modules/.bin'), process.env.PATH].join(
  ':',
);
const NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? join(ROOT, '.cache/compiled');

/** A whole CAO of real processes on loopback: `await using stack = await withStack()`. */
export async function withStack(options: StackOptions = {}): Promise<Stack> {
  const cleanup = new AsyncDisposableStack();
  try {
    return await build(options, cleanup);
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function build(options: StackOptions, cleanup: AsyncDisposableStack): Promise<Stack> {
  const { services, backend = usualShape.backend, replicas = usualShape.replicas } = options;
  const database = cleanup.use(
    await (services
      ? freshDatabase({ adminUrl: services.adminUrl })
      : migratedDatabase(backend === 'postgres')),
  );
  const redis =
    backend === 'redis' ? cleanup.use(await freshRedis(services && { url: services.redisUrl })) : null;
  const dir = mkdtempSync(join(tmpdir(), 'cao-t-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
  options.prepareHome?.(dir);
  const ports = await Promise.all(Array.from({ length: replicas }, freePort));
  const front = replicas > 1 ? await openWire(ports) : null;
  if (front) cleanup.defer(() => front.close());
  const url = `http://127.0.0.1:${front?.port ?? ports[0]}`;
  const adminToken = newSecret('caot');
  writeFileSync(join(dir, 'admin-token'), adminToken, { mode: 0o600 });
  mkdirSync(join(dir, 'home'), { mode: 0o700 });
  mkdirSync(join(dir, 'record'));
  writeFileSync(join(dir, 'home/cli.json'), JSON.stringify({ url, token: adminToken }), { mode: 0o600 });

  const shell = { PATH, HOME: dir, LANG: 'C.UTF-8', NODE_COMPILE_CACHE };
  const base = { ...shell, CAO_LOG_LEVEL: process.env.CAO_TEST_LOG ?? 'info' };
  const serviceEnv = {
    ...base,
    DATABASE_URL: database.url,
    ...(redis ? { REDIS_URL: redis.url, CAO_REDIS_PREFIX: redis.prefix } : {}),
    ...options.serviceEnv,
  };
  const namespaces = options.namespaces === true && canMakeNamespaces();
  if (options.namespaces && !namespaces)
    console.error('network namespaces cannot be made here: every host shares the network');
  const bind = namespaces ? '0.0.0.0' : '127.0.0.1';
  const service = (kind: 'api' | 'scheduler', n: number, env: Record<string, string>) => {
    const name = n === 0 ? kind : `${kind}-${n + 1}`;
    const made = serviceProcess({ name, service: kind, env, logFile: join(dir, `${name}.log`), cwd: dir });
    cleanup.defer(() => made.kill('SIGTERM'));
    return made;
  };
  const apis = ports.map((port, n) =>
    service('api', n, {
      ...serviceEnv,
      CAO_PORT: String(port),
      CAO_BIND: bind,
      CAO_ADMIN_TOKEN_FILE: join(dir, 'admin-token'),
    }),
  );
  const schedulers = ports.map((_, n) => service('scheduler', n, serviceEnv));
  await Promise.all([...apis, ...schedulers].map((process) => process.start()));
  const client = createClient({ url, token: adminToken });
  const events = followEvents({ url, token: adminToken });
  cleanup.defer(() => events.close());

  const hosts: StackHost[] = [];
  const addHost = async (name = `host-${hosts.length + 1}`): Promise<StackHost> => {
    const net = namespaces && hosts.length > 0 ? openNamespace() : null;
    if (net) cleanup.defer(() => net.remove());
    const wire = options.cuttable || replicas > 1 ? await openWire(ports, bind) : null;
    if (wire) cleanup.defer(() => wire.close());
    const stateDir = join(options.stateRoot?.(name) ?? dir, name);
    const work = join(dir, `${name}-work`);
    mkdirSync(stateDir, { mode: 0o700 });
    mkdirSync(work);
    const { token } = await client.hosts.createJoinToken();
    writeFileSync(join(stateDir, 'join-token'), token, { mode: 0o600 });
    const socket = join(stateDir, 'tmux.sock');
    const agent = serviceProcess({
      name,
      service: 'worker-agent',
      root: options.agentRoot,
      logFile: join(dir, `${name}.log`),
      cwd: work,
      wrap: net?.wrap ?? [],
      env: {
        ...base,
        // A stack that is killed could not take its control groups away.
        CAO_LIMIT_MEMORY_PERCENT: '0',
        CAO_LIMIT_PROCESSES: '0',
        CAO_SCRIPTED_RECORD: `${join(dir, 'record')}/`,
        PATH: [...(options.path ?? []), PATH].join(':'),
        ...options.agentEnv,
        ...options.hostEnv?.(stateDir),
        CAO_API_URL: `http://${net?.gateway ?? '127.0.0.1'}:${wire?.port ?? ports[0]}`,
        CAO_STATE_DIR: stateDir,
        CAO_JOIN_TOKEN_FILE: join(stateDir, 'join-token'),
        CAO_HOST_NAME: name,
        CAO_HOST_CAPACITY: String(options.capacity ?? 20),
        CAO_TMUX_SOCKET: socket,
      },
    });
    // Only ours: the socket is a path of this stack.
    cleanup.defer(() => killTmux(socket));
    cleanup.defer(() => agent.kill('SIGTERM'));
    await agent.start();
    const host: StackHost = { name, agent, stateDir, socket, net, wire, windows: () => windowsOf(socket) };
    hosts.push(host);
    return host;
  };
  for (let n = 0; n < (options.hosts ?? 2); n++) await addHost();

  let more = apis.length;
  const addReplica = async (): Promise<Replica> => {
    const port = await freePort();
    const replica = service('api', more++, { ...serviceEnv, CAO_PORT: String(port) });
    await replica.start();
    const url = `http://127.0.0.1:${port}`;
    return { url, client: createClient({ url, token: adminToken }), api: replica };
  };

  const leadTo = async (api: ServiceProcess) => {
    for (const other of apis)
      if (other !== api) {
        await other.kill('SIGTERM');
        await other.start();
      }
  };

  return {
    url,
    dir,
    databaseUrl: database.url,
    redis,
    adminToken,
    client,
    events,
    api: apis[0]!,
    scheduler: schedulers[0]!,
    apis,
    schedulers,
    hosts,
    personEnv: shell,
    killTmux,
    addHost,
    addReplica,
    leadTo,
    cutLinks: () => {
      for (const { wire } of hosts) wire?.cut();
    },
    cao: (args, input) => runCao(args, { ...shell, CAO_HOME: join(dir, 'home') }, input),
    event: (what, accept, timeoutMs) => events.until(what, accept, timeoutMs),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

async function runCao(args: readonly string[], env: Record<string, string>, input?: string) {
  const program = await bundled('cao');
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { env, maxBuffer: 32 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
    child.stdin?.end(input ?? '');
  });
}

function windowsOf(socket: string): string[] {
  try {
    const out = execFileSync(
      'tmux',
      ['-S', socket, 'list-windows', '-a', '-F', '#{session_name} #{window_name}'],
      { stdio: 'pipe' },
    );
    const lines = String(out).trim().split('\n').filter(Boolean);
    return lines.filter((line) => !line.startsWith('_')).map((line) => line.split(' ')[1]!);
  } catch {
    return []; // no server: no windows
  }
}

function killTmux(socket: string): void {
  try {
    execFileSync('tmux', ['-S', socket, 'kill-server'], { stdio: 'pipe' });
  } catch {
    // it is gone already
  }
}
