import { z } from 'zod';
import { secretOf } from '../calls/options.ts';
import { clientOf } from '../client.ts';
import { arg, defineCommand, flag, jsonFlag, value } from '../command.ts';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';
import { plainLine } from '../render/plain.ts';

export const command = defineCommand({
  path: ['login'],
  summary: 'Log this shell in to a CAO server, or print a login link',
  help: [
    'URL is the server, or the whole login link that `cao up` or `cao login --link` printed. The login is kept in',
    'CAO_HOME/cli.json, readable by you alone. --token - reads a token from stdin, so that no process list shows it.',
  ].join('\n'),
  examples: [
    'cao login "URL/login#CODE"',
    'cao login URL --code CODE',
    'cat TOKEN_FILE | cao login URL --token -',
    'cao login --link',
  ],
  args: { url: arg('URL', z.string().optional(), 'server or login link') },
  options: {
    code: value('CODE', z.string().min(1).max(256).optional(), 'one-time code of a login link'),
    token: value('TOKEN', z.string().min(1).optional(), 'a token you have already, or - for stdin'),
    link: flag('print a new login link of the server one is logged in to (admin)'),
    json: jsonFlag,
  },
  async run({ url, code, token, link, json }, context) {
    if (link) return printLink(context, json);
    if (url === undefined)
      throw new CliError(
        'bad_request',
        'URL is missing',
        'Give the server or its login link: `cao login URL`.',
      );
    const { io, home, signal } = context;
    const target = parseTarget(url);
    const given = code ?? target.code;
    const held =
      token === undefined ? await exchange(context, target.url, given) : await secretOf(context, token);
    const who = await clientOf({ url: target.url, token: held }).access.whoami({
      signal,
    });
    home.writeLogin({ url: target.url, token: held });
    if (isOpenHttp(target.url))
      io.note(
        io.paintNote('yellow', 'warning: plain http: whoever is on the way can read your token. Use https.'),
      );
    if (json) return io.json({ url: target.url, ...who });
    io.note(`logged in to ${target.url} as ${plainLine(who.name)} (${who.scope})`);
  },
});

async function exchange(context: Context, url: string, code: string | undefined): Promise<string> {
  const { io, signal } = context;
  const given = code ?? (io.interactive ? await io.ask('Login code: ') : undefined);
  if (!given)
    throw new CliError(
      'bad_request',
      'a login code is missing',
      'Use the whole link (URL/login#CODE, in quotes), --code or --token. An admin prints one: `cao login --link`.',
    );
  return (await clientOf({ url }).access.login({ body: { code: given }, signal })).token;
}

async function printLink({ io, client, server, signal }: Context, json: boolean): Promise<void> {
  const { code, expires_at } = await client.access.createLoginLink({ signal });
  const url = loginLink(server.url, code);
  if (json) return io.json({ url, expires_at });
  io.out(url);
  io.note('It works once, within 15 minutes.');
}

export const loginLink = (server: string, code: string): string => `${new URL('/login', server)}#${code}`;

/** @throws CliError(bad_request) when it is no http URL. */
export function parseTarget(text: string): { url: string; code: string | undefined } {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new CliError(
      'bad_request',
      `${text} is not an http URL`,
      'Give it as https://HOST or http://HOST:PORT.',
    );
  return { url: url.origin, code: url.hash ? decodeURIComponent(url.hash.slice(1)) : undefined };
}

const isOpenHttp = (text: string): boolean => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
};
