#!/usr/bin/env node
/**
 * Adds to package-lock.json what a registry without other platforms' binaries made npm leave out. npm ci refuses a lock
 * that lacks an optional dependency of any platform, so it would work nowhere.
 *
 *   node infra/lockfile/complete.mjs
 *
 * The entries have a version and no integrity: this machine has never seen those packages.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/**
 * Optional dependencies that no entry of the lock answers.
 * @param {Record<string, { optionalDependencies?: Record<string, string>, dev?: boolean }>} packages the lock's `packages`
 */
export function missingFrom(packages) {
  const missing = new Map();
  for (const [place, { optionalDependencies = {}, dev }] of Object.entries(packages))
    for (const [name, version] of Object.entries(optionalDependencies))
      if (!isFound(packages, place, name)) missing.set(name, { version, dev });
  return missing;
}

/** As Node looks for a package: in the folder itself, then in each folder above it. */
function isFound(packages, place, name) {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder}${folder ? '/' : ''}node_modules/${name}` in packages) return true;
    if (!folder) return false;
  }
}

/** What npm would have written: the platform stands in the name of every such package. */
function entry(name, { version, dev }) {
  const words = name.split(/[@/-]/);
  const named = (list) => list.filter((word) => words.includes(word));
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : [];
  const fields = { version, cpu: named(PROCESSORS), dev, libc, optional: true, os: named(SYSTEMS) };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value && (!Array.isArray(value) || value.length)),
  );
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../../package-lock.json', import.meta.url));
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingFrom(lock.packages);
  for (const [name, what] of missing) lock.packages[`node_modules/${name}`] = entry(name, what);
  // npm's own order.
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
  );
  if (missing.size > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${missing.size} added to package-lock.json`);
}
