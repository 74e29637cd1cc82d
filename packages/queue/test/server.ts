import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { QueueBackend } from '../src/index.ts';

const program = fileURLToPath(new URL('server-process.ts', import.meta.url));

/** server-process.ts, started; killed at the end of its scope. */
export function startServer(backend: QueueBackend) {
  const args = ['--conditions=@cao/source', program, JSON.stringify(backend)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  return {
    /** The bell that it takes next. */
    async taken(): Promise<string> {
      const [id] = (await once(child.stdout, 'data')) as [Buffer];
      return String(id).trim();
    },
    /** Lets it close its queues. Resolves to its exit status and signal. */
    close() {
      child.stdin.write('close\n');
      return exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async [Symbol.asyncDispose]() {
      await this.kill();
    },
  };
}
