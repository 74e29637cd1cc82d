import type { Options } from './options.ts';

export interface HookPoster {
  /** Resolves when it was answered, lost, or out of time; never throws. Posts go out one after another. */
  post(name: string, fields?: Readonly<Record<string, unknown>>): Promise<void>;
  /** A hook that may be answered with a decision; null when nobody decided. Ends with `signal`. */
  ask(fields: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<'allow' | 'deny' | null>;
}

/** A hook that is not answered by then is dropped, as the real CLIs do. */
const HOOK_BOUND_MS = 2000;

export function makeHooks(options: Options, loses: () => boolean): HookPoster {
  let last: Promise<unknown> = Promise.resolve();
  const body = (name: string, fields: Readonly<Record<string, unknown>>) =>
    JSON.stringify({
      hook_event_name: name,
      session_id: options.sessionId,
      transcript_path: options.logFile,
      cwd: process.cwd(),
      ...fields,
    });
  const inOrder = <T>(send: () => Promise<T>): Promise<T> => {
    const sent = last.then(send);
    last = sent.catch(() => {});
    return sent;
  };
  return {
    async post(name, fields = {}) {
      if (options.hookUrl === null || loses()) return;
      const bound = AbortSignal.timeout(HOOK_BOUND_MS);
      await inOrder(() => send(options, body(name, fields), bound)).catch(() => {});
    },
    async ask(fields, signal) {
      if (options.hookUrl === null || loses()) return null;
      await last;
      const reply = await send(options, body('PermissionRequest', fields), signal).catch(() => '');
      return (/"behavior"\s*:\s*"(allow|deny)"/.exec(reply)?.[1] as 'allow' | 'deny' | undefined) ?? null;
    },
  };
}

/** Its own connection each time: a kept one may be dead when the server was restarted, and the hook with it. */
async function send(options: Options, body: string, signal: AbortSignal): Promise<string> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
    };
    const sent = request(
      options.hookUrl as string,
      { method: 'POST', headers, agent: false, signal },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve(text));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
