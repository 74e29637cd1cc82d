import { expect, test } from 'vitest';
import { accordingToZod, documented, envFiles, namesIn, variablesOf } from './environment.ts';
import { files, isCode, isTest } from './tree.ts';

const bootstrap = files.filter((path) => /^infra\/bootstrap\/[^/]+\.mjs$/.test(path));
const tests = files.filter((path) => isCode(path) && isTest(path));

export function environmentPage(): void {
  test.each(envFiles)('lists exactly what %s reads, and what each is when nobody sets it', async (file) => {
    const wanted = variablesOf(file);
    const zod = await accordingToZod(file);
    if (zod)
      expect(
        wanted.map(({ name, absent }) => ({ name, required: absent === 'required' })),
        'test/architecture/environment.ts no longer reads the schema rightly: correct it there.',
      ).toEqual(zod);
    const page = documented(file);
    expect(
      page.map(({ name }) => name),
      `Bring the table of ${file} in docs/env.md up to date, in its order.`,
    ).toEqual(wanted.map(({ name }) => name));
    const wrong = wanted.flatMap(({ name, absent }, index) => {
      const said = page[index]?.absent ?? '';
      const right = absent === 'computed' ? !['', '–', 'required'].includes(said) : said === absent;
      return right ? [] : [`docs/env.md says "${said}" where ${name} is ${absent} when nobody sets it.`];
    });
    expect(wrong).toEqual([]);
  });

  test.each([
    ['docker-compose.yml', ['docker-compose.yml'], /(?:\$\{|environment: )([A-Z][A-Z0-9_]*)/g],
    ['infra/bootstrap', bootstrap, /process\.env\.([A-Z][A-Z0-9_]*)/g],
    ['test', tests, /process\.env\.(CAO_[A-Z0-9_]*)/g],
    [
      'services/worker-agent/src/session/birth.ts',
      ['services/worker-agent/src/session/birth.ts'],
      /\b(CAO_[A-Z0-9_]+)\b/g,
    ],
  ])('lists exactly the variables of %s', (what, paths, pattern) => {
    expect(
      documented(what)
        .map(({ name }) => name)
        .sort(),
      `Bring the table of ${what} in docs/env.md up to date.`,
    ).toEqual(namesIn(paths, pattern));
  });
}
