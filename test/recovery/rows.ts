/** A row of the table in docs/recovery.md: what dies, and the tests that show what follows. */
export interface Row {
  readonly what: string;
  /** Paths from the root. */
  readonly files: readonly string[];
}

/** @throws Error when the page has no such table */
export function rowsOf(page: string): Row[] {
  const lines = page.split('\n');
  const head = lines.findIndex((line) => /^\| what dies\s+\| test\s+\|$/.test(line));
  const rows: Row[] = [];
  for (const line of lines.slice(head + 2)) {
    const [, what, tests] = /^\| (.+?)\s+\| (.+?)\s+\|$/.exec(line) ?? [];
    if (!what || !tests) break;
    const names = [...tests.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, name]) => name!);
    rows.push({ what, files: names.map((name) => (name.includes('/') ? name : `test/e2e/${name}`)) });
  }
  if (head < 0 || rows.length === 0)
    throw new Error('docs/recovery.md has no table of what dies and its tests');
  return rows;
}
