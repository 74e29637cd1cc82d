import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { lineCount, places } from './places.ts';
import { files, isProduct, read } from './tree.ts';
import { workspaces } from './workspaces.ts';

const pages = files.filter((path) => /^([A-Z]+\.md|docs\/.+\.md)$/.test(path));
const exists = (path: string): boolean => files.some((file) => file === path || file.startsWith(`${path}/`));

export function documents(): void {
  test.each([
    ['README.md', 120],
    ['ARCHITECTURE.md', 250],
  ])('%s has at most %i lines', (page, most) => {
    expect(lineCount(page), `Shorten ${page}, or move a part of it into docs/.`).toBeLessThanOrEqual(most);
  });

  test('ARCHITECTURE.md has a heading for every workspace', () => {
    const headings = read('ARCHITECTURE.md').match(/^#+ .*$/gm) ?? [];
    const broken = workspaces
      .filter(({ folder }) => !headings.some((heading) => heading.includes(`\`${folder}\``)))
      .map(
        ({ folder }) =>
          `ARCHITECTURE.md has no heading with \`${folder}\`: say what it owns and does not own.`,
      );
    expect(broken).toEqual([]);
  });

  test('pages name only files that are there', () => {
    const broken = pages.flatMap((page) => {
      const text = read(page);
      const inCode = [
        ...text.matchAll(/`((?:packages|services|cli|web|test|infra|docs|\.ci)(?:\/[\w.-]+)+)\/?`/g),
      ];
      const links = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)];
      return [
        ...inCode.map(([, path = '']) => path),
        ...links.map(([, path = '']) => normalize(join(dirname(page), path)).replace(/\/$/, '')),
      ]
        .filter((path) => !exists(path))
        .map((path) => `${page} names ${path}, which is not there: correct the page.`);
    });
    expect(broken).toEqual([]);
  });

  test('pages that code sends people to are there', () => {
    const broken = places(
      files.filter(isProduct),
      /\bdocs\/[\w/-]+\.md\b|\b(?:README|ARCHITECTURE|SECURITY|CONTRIBUTING)\.md\b/g,
    )
      .filter(({ what }) => !exists(what))
      .map(
        ({ path, line, what }) => `${path}:${line} sends people to ${what}, which is not there: write it.`,
      );
    expect(broken).toEqual([]);
  });

  test('decisions are numbered without a gap, and each has its three parts', () => {
    const records = files.filter((path) => path.startsWith('docs/adr/'));
    expect(records.length, 'There is no decision in docs/adr.').toBeGreaterThan(0);
    const broken = records.flatMap((path, index) => {
      const number = String(index + 1).padStart(4, '0');
      const headings = read(path).match(/^#+ .*$/gm) ?? [];
      return [
        ...(new RegExp(`/${number}-[a-z0-9-]+\\.md$`).test(path)
          ? []
          : [`${path} should be ${number}-words-with-dashes.md: renumber it.`]),
        ...[`# ${number} `, '## Context', '## Decision', '## Consequences']
          .filter((wanted) => !headings.some((heading) => heading.startsWith(wanted)))
          .map((wanted) => `${path} lacks the heading "${wanted}".`),
      ];
    });
    expect(broken).toEqual([]);
  });
}
