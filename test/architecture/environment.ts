import type { z } from 'zod';
import { files, read, urlOf } from './tree.ts';

export interface Variable {
  readonly name: string;
  /** `required`, `–` (nothing), the literal default in backticks, or `computed`. */
  readonly absent: string;
}

const ENTRY = /^ {2}([A-Z][A-Z0-9_]*): ([\s\S]*?),\n(?= {2}(?:[A-Z]|\/\*\*)|\}\))/gm;

export const envFiles = files.filter((path) => /^(services\/[^/]+|cli)\/src\/env\.ts$/.test(path));

/** The variables of the schema in an env.ts, in its order. Read as text: a schema need not be exported for its page. */
export function variablesOf(envFile: string): Variable[] {
  return [...read(envFile).matchAll(ENTRY)].map(([, name = '', schema = '']) => ({
    name,
    absent: absentOf(schema),
  }));
}

function absentOf(schema: string): string {
  if (schema.includes('.optional()')) return '–';
  const given = /\.default\(([\s\S]*)\)$/.exec(schema)?.[1];
  if (given === undefined) return 'required';
  if (given === "''" || given === '[]') return '–';
  const literal = /^(?:'([^']*)'|(\d+))$/.exec(given);
  return literal ? `\`${literal[1] ?? literal[2]}\`` : 'computed';
}

/** The same as the schema itself says, which proves the reading above; null when an env.ts keeps its schema to itself. */
export async function accordingToZod(envFile: string): Promise<{ name: string; required: boolean }[] | null> {
  const exported = Object.values((await import(urlOf(envFile))) as Record<string, unknown>);
  const schema = exported.find(
    (value): value is z.ZodObject => typeof value === 'object' && value !== null && 'shape' in value,
  );
  if (!schema) return null;
  return Object.entries(schema.shape).map(([name, type]) => ({
    name,
    required: !(type as z.ZodType).safeParse(undefined).success,
  }));
}

/** The rows of docs/env.md below the heading that names `what`. */
export function documented(what: string): Variable[] {
  const section = read('docs/env.md')
    .split(/^## /m)
    .find((part) => part.split('\n', 1)[0]?.includes(`\`${what}\``));
  const rows = (section ?? '').matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\| ([^|]+?) +\|/gm);
  return [...rows].map(([, name = '', absent = '']) => ({ name, absent }));
}

/** Names that stand in files, for what has no schema. */
export const namesIn = (paths: readonly string[], pattern: RegExp): string[] =>
  [
    ...new Set(paths.flatMap((path) => [...read(path).matchAll(pattern)].map(([, name = '']) => name))),
  ].sort();
