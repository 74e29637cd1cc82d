import { CaoError } from '@cao/contracts';

/** Where a Redis is and how to log in there. Ports are numbers, names and passwords are decoded. */
export type RedisTarget =
  | (Login & { readonly kind: 'server'; readonly node: Node; readonly db: number })
  | (Login & { readonly kind: 'socket'; readonly path: string; readonly db: number })
  | (Login & {
      readonly kind: 'sentinel';
      readonly nodes: readonly Node[];
      /** The name under which the sentinels watch the master. */
      readonly master: string;
      readonly db: number;
      readonly sentinel: { readonly username?: string; readonly password?: string };
    })
  | (Login & { readonly kind: 'cluster'; readonly nodes: readonly Node[] });

interface Node {
  readonly host: string;
  readonly port: number;
}

interface Login {
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
}

/** The forms, for people who wrote another one. */
const FORMS =
  'redis://[USER:PASSWORD@]HOST[:PORT][/DB], unix:///PATH, redis+sentinel://HOST:PORT,HOST:PORT/MASTER[/DB] or ' +
  'redis+cluster://HOST:PORT,HOST:PORT; rediss in the place of redis for TLS';

const PORT = { server: 6379, sentinel: 26379, cluster: 6379 } as const;
const SENTINEL_OPTIONS = ['sentinel_username', 'sentinel_password'];

/**
 * Takes `REDIS_URL` apart. Special characters in names and passwords are percent-encoded, as in every URL.
 * @throws CaoError bad_request that says what is wrong. It never quotes a part that may be a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  if (url.startsWith('/')) return { kind: 'socket', path: url, db: 0, tls: false };
  const parts =
    /^(?<scheme>[a-z+]+):\/\/(?:(?<login>.*)@)?(?<hosts>[^/?#]*)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/s.exec(
      url,
    )?.groups;
  if (!parts) throw wrong('is no URL', FORMS);
  const { scheme = '', login, hosts = '', path = '', query = '' } = parts;
  if (scheme === 'unix') {
    if (login !== undefined || hosts !== '' || path.length < 2 || query !== '')
      throw wrong('names no socket', 'unix:///run/redis/redis.sock has three slashes and nothing else');
    return { kind: 'socket', path, db: 0, tls: false };
  }
  const form = /^redis(?<tls>s)?(?:\+(?<kind>sentinel|cluster))?$/.exec(scheme)?.groups;
  if (!form) throw wrong(`begins with ${scheme}://`, FORMS);
  const kind = (form.kind ?? 'server') as keyof typeof PORT;
  const common = { ...loginOf(login), tls: form.tls !== undefined };
  const nodes = hosts.split(',').map((node) => nodeOf(node, PORT[kind]));
  const options = optionsOf(query, kind === 'sentinel' ? SENTINEL_OPTIONS : []);
  const segments = path.split('/').slice(1);
  if (segments.at(-1) === '') segments.pop();

  if (kind === 'cluster') {
    if (segments.length > 0)
      throw wrong('has a path', 'a Redis Cluster has one database, and nothing follows its nodes');
    return { kind, ...common, nodes };
  }
  if (kind === 'sentinel') {
    const [master, db, ...more] = segments;
    if (!master || more.length > 0)
      throw wrong('does not name its master', 'after the sentinels comes /MASTER, or /MASTER/DB');
    const sentinel = {
      ...(options.sentinel_username === undefined ? {} : { username: options.sentinel_username }),
      ...(options.sentinel_password === undefined ? {} : { password: options.sentinel_password }),
    };
    return { kind, ...common, nodes, master: decoded(master, 'the master'), db: dbOf(db), sentinel };
  }
  const [node, ...others] = nodes;
  if (!node || others.length > 0)
    throw wrong('has several hosts', 'write redis+cluster:// for a Cluster, redis+sentinel:// for sentinels');
  if (segments.length > 1) throw wrong('has too long a path', 'after the host comes the database: /0');
  return { kind, ...common, node, db: dbOf(segments[0]) };
}

/** What is wrong with a Redis URL, in words for the person who wrote it. */
export function redisUrlMistake(url: string): string | undefined {
  try {
    parseRedisUrl(url);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** For logs and errors: kind and addresses, nothing that opens them. */
export function redisAddress(target: RedisTarget): string {
  if (target.kind === 'socket') return `Redis at ${target.path}`;
  if (target.kind === 'server') return `Redis at ${target.node.host}:${target.node.port}`;
  const nodes = target.nodes.map(({ host, port }) => `${host}:${port}`).join(', ');
  return target.kind === 'cluster'
    ? `Redis Cluster at ${nodes}`
    : `Redis ${target.master} of the sentinels at ${nodes}`;
}

const wrong = (what: string, next: string) => new CaoError('bad_request', `the Redis URL ${what}: ${next}`);

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`has a % in ${what} that begins no code`, 'a % itself is written %25');
  }
}

function loginOf(login: string | undefined): { username?: string; password?: string } {
  if (login === undefined) return {};
  const colon = login.indexOf(':');
  if (colon < 0) throw wrong('has an @ without a password before it', 'write USER:PASSWORD@ or :PASSWORD@');
  if (/[/?#]/.test(login))
    throw wrong('has / ? or # in its user or password', 'they are written %2F, %3F and %23');
  const username = decoded(login.slice(0, colon), 'the user');
  const password = decoded(login.slice(colon + 1), 'the password');
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}

function nodeOf(text: string, defaultPort: number): Node {
  const parts = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>\d+))?$/.exec(
    text,
  )?.groups;
  const host = parts?.v6 ?? parts?.name;
  const port = parts?.port === undefined ? defaultPort : Number(parts.port);
  if (host === undefined || port < 1 || port > 65_535)
    throw wrong(
      'names a host that is none',
      'each is HOST:PORT, with commas and no spaces between them; an IPv6 address stands in [ ]',
    );
  return { host, port };
}

function dbOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,5}$/.test(text)) throw wrong('names a database that is none', 'it is a number, 0 by default');
  return Number(text);
}

function optionsOf(query: string, known: readonly string[]): Record<string, string> {
  const options = Object.fromEntries(new URLSearchParams(query));
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return options;
  const next = known.length > 0 ? `there are ${known.join(' and ')}` : 'none follows this kind of URL';
  throw wrong('has an option that is not known', next);
}
