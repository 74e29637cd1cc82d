import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { program } from './files.ts';

export interface Child {
  readonly process: ChildProcess;
  /** Resolves with all its lines when it ended, by itself or killed. */
  readonly ended: Promise<{ lines: string[]; code: number | null }>;
}

/** A program of ours from source. It ends with the test at the latest: one that hangs must not keep the run alive. */
export function runProgram(
  name: string,
  order: unknown,
  onLine: (line: string, count: number) => void = () => {},
): Child {
  const argv = ['--conditions=@cao/source', program(name), JSON.stringify(order)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    onLine(line, lines.length);
  });
  const ended = new Promise<{ lines: string[]; code: number | null }>((resolve) => {
    child.once('close', (code) => resolve({ lines, code }));
  });
  return { process: child, ended };
}
