import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { LoginState } from '@cao/contracts';
import { type Provider, providers } from '@cao/providers';

/** A CLI that does not print its version in this time is not usable. Units: ms. */
const DETECT_MS = 15_000;
const run = promisify(execFile);

export interface Detected {
  readonly provider: Provider;
  readonly binaryPath: string;
  readonly version: string;
  readonly login: LoginState;
}

/** Which CLIs this host can run, and where. */
export async function detectProviders(env: Readonly<Record<string, string>>): Promise<Map<string, Detected>> {
  const all: Provider[] = Object.values(providers);
  const found = await Promise.all(all.map((provider) => detect(provider, env)));
  return new Map(found.flatMap((one) => (one ? [[one.provider.id, one]] : [])));
}

async function detect(provider: Provider, env: Readonly<Record<string, string>>): Promise<Detected | null> {
  const binaryPath = which(provider.binary, env.PATH ?? '');
  if (!binaryPath) return null;
  try {
    const { stdout } = await run(binaryPath, [...provider.detect.argv], { timeout: DETECT_MS });
    const login = provider.detect.login({ env, homeFile: (file) => readHomeFile(env.HOME, file) });
    const version = provider.detect.parse(stdout);
    // A program of the same name that is something else: `q` is a short word.
    return version === null ? null : { provider, binaryPath, version, login };
  } catch {
    return null; // it is there and does not run: as good as not installed
  }
}

function readHomeFile(home: string | undefined, file: string): string | null {
  try {
    return readFileSync(join(home ?? '/', file), 'utf8');
  } catch {
    return null;
  }
}

function which(binary: string, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    if (!folder.startsWith('/')) continue;
    const candidate = join(folder, binary);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not in this folder
    }
  }
  return null;
}
