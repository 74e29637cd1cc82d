import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Provider, providers } from '@cao/providers';

/** A CLI that does not print its version in this time is not usable. Units: ms. */
const DETECT_MS = 15_000;
const run = promisify(execFile);

export interface Detected {
  readonly provider: Provider;
  readonly binaryPath: string;
  readonly version: string | null;
}

/** Which CLIs this host can run, and where. */
export async function detectProviders(path: string): Promise<Map<string, Detected>> {
  const found = await Promise.all(Object.values(providers).map((provider) => detect(provider, path)));
  return new Map(found.flatMap((one) => (one ? [[one.provider.id, one]] : [])));
}

async function detect(provider: Provider, path: string): Promise<Detected | null> {
  const binaryPath = which(provider.binary, path);
  if (!binaryPath) return null;
  try {
    const { stdout } = await run(binaryPath, [...provider.detect.argv], { timeout: DETECT_MS });
    return { provider, binaryPath, version: provider.detect.parse(stdout) };
  } catch {
    return null; // it is there and does not run: as good as not installed
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
