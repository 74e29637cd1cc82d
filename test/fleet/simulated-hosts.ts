import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AnswerMessage, OrderMessage, Orders } from '../support/fleet/protocol.ts';
import { ROOT } from '../support/stack/root.ts';

/** A process of hosts with the worker-agent's own link code. */
export interface HostProcess {
  readonly pid: number;
  order<K extends keyof Orders>(kind: K, order: Orders[K]['order']): Promise<Orders[K]['answer']>;
  stop(): Promise<void>;
}

export function startHostProcess(): HostProcess {
  const child = fork(join(ROOT, 'services/worker-agent/test/fleet/main.ts'), {
    execArgv: ['--conditions=@cao/source'],
    serialization: 'advanced',
  });
  const exit = once(child, 'exit');
  const open = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  let last = 0;
  child.on('message', ({ id, answer, error }: AnswerMessage) => {
    const entry = open.get(id);
    open.delete(id);
    if (error === undefined) entry?.resolve(answer);
    else entry?.reject(new Error(error));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of open.values())
      reject(new Error(`a process of simulated hosts ended (${signal ?? code})`));
  });
  return {
    pid: child.pid!,
    order<K extends keyof Orders>(kind: K, order: Orders[K]['order']) {
      const id = ++last;
      return new Promise<Orders[K]['answer']>((resolve, reject) => {
        open.set(id, { resolve: resolve as (answer: unknown) => void, reject });
        child.send({ id, kind, order } satisfies OrderMessage);
      });
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exit;
    },
  };
}
