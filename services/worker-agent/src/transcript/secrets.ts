import type { TerminalRecord } from '../session/record.ts';

/** Names of variables whose values nobody shows. */
const SECRET_NAME =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH(?!OR)|COOKIE|_KEY$|_PAT$/i;
/** Shorter values are words, which would be masked everywhere. Units: characters. */
const SHORTEST = 8;

/** The secrets among variables: by their name, and passwords inside of URLs. A path to a secret is none. */
export function secretValues(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => [
    ...(SECRET_NAME.test(name) && !value.startsWith('/') ? value.split(/\r?\n/) : []),
    ...passwordOf(value),
  ]);
}

function passwordOf(value: string): string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s:]*:([^/?#@\s]+)@/i.exec(value)?.[1];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}

/** What must not be read in the output of one terminal, beside what is secret on its whole host. */
export const secretsOf = (record: TerminalRecord, ofHost: readonly string[]): string[] => [
  ...new Set(
    [
      record.token,
      ...(record.api && 'url' in record.api ? [record.api.authorization.replace(/^\w+ /, '')] : []),
      ...record.secrets,
      ...ofHost,
    ].filter((secret) => secret.length >= SHORTEST),
  ),
];
