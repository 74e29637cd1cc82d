import { createServer } from 'node:net';
import { CliError } from '../exit.ts';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The api speaks plain HTTP: what it listens on beyond this machine needs TLS before it. */
export function assertBindAllowed(bind: string, plainHttp: boolean): void {
  if (LOOPBACK.includes(bind) || plainHttp) return;
  throw new CliError(
    'bad_request',
    `--bind ${bind} would send tokens over the network in plain text: the api itself speaks no TLS`,
    'Keep 127.0.0.1 and put a TLS proxy before it (docs/cluster.md); in a network you trust, add --plain-http.',
  );
}

/** Where programs on this machine reach an api bound there. */
export function localUrl(bind: string, port: number): string {
  const host = EVERYWHERE[bind] ?? bind;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The port itself, or a free one for 0.
 * @throws CliError that says who else wants it or why not
 */
export function checkPort(bind: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) => reject(explain(bind, port, cause)));
    probe.listen({ host: bind, port, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

function explain(bind: string, port: number, cause: NodeJS.ErrnoException): CliError {
  if (cause.code === 'EADDRINUSE')
    return new CliError(
      'conflict',
      `port ${port} on ${bind} is in use by another program`,
      `Stop that program, or choose another port: \`cao up --port ${port + 1}\`.`,
      { cause },
    );
  return new CliError(
    'bad_request',
    `cannot listen on ${bind}:${port} (${cause.code})`,
    'Choose another --bind or --port.',
    {
      cause,
    },
  );
}
