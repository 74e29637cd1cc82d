import { openLive } from '@cao/client';
import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { closeSessions, openTerminal } from './support/terminals.ts';

/** Ctrl-U: the input line of the scripted agent is empty again. */
const CLEAR = '\x15';
/** Keys per line: it must not wrap. */
const LINE = 20;
/** An echo that has not come by then never does. Units: ms. */
const ECHO_MS = 10_000;

/** One key of a remote viewer, until the viewer's own connection shows it in the input line. */
export const keystroke: Bench = {
  name: 'keystroke',
  about: 'keystroke → echo in a remote viewer',
  async run(ground) {
    const stack = await ground.stack('postgres');
    const { id, session } = await openTerminal(stack, stack.hosts[1]!);
    let shown = '';
    let look = () => {};
    const opened = Promise.withResolvers<void>();
    const live = openLive(
      { url: stack.url, token: stack.adminToken },
      {
        onOpen: (connection) => connection.send({ t: 'watch', terminal: id }),
        onPush(push) {
          if (push.t === 'snapshot') opened.resolve();
          if (push.t !== 'output') return;
          shown += Buffer.from(push.data, 'base64').toString('utf8');
          look();
        },
      },
    );
    const press = (key: string, line: string) => {
      shown = '';
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const late = setTimeout(() => reject(new Error(`the viewer never saw ${line}`)), ECHO_MS);
      const began = performance.now();
      look = () => {
        if (!shown.includes(`❯ ${line}`)) return;
        clearTimeout(late);
        resolve(performance.now() - began);
      };
      live.send({ t: 'input', terminal: id, data: Buffer.from(key).toString('base64') });
      return promise;
    };
    try {
      await opened.promise;
      const samples: number[] = [];
      for (let n = 0, line = ''; n < (ground.quick ? 40 : 300); n++) {
        const key = String.fromCharCode(97 + (n % 26));
        line = n % LINE === 0 ? key : line + key;
        if (n % LINE === 0) await press(CLEAR, '');
        samples.push(await press(key, line));
      }
      return [figure('keystroke', 'ms', samples.slice(1), { p50: 20 })];
    } finally {
      live.close();
      await closeSessions(stack, [session]);
    }
  },
};
