import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Service {
  readonly command?: string[];
  readonly environment?: Record<string, string>;
  readonly networks?: string[];
  readonly ports?: string[];
  readonly deploy?: { readonly replicas?: number };
  readonly build?: { readonly dockerfile: string; readonly target: string };
  readonly secrets?: string[];
}

interface Compose {
  readonly services: Record<string, Service>;
  readonly networks: Record<string, { readonly internal?: boolean } | null>;
  readonly configs: Record<string, { readonly content: string }>;
}

let text: string;
let compose: Compose;
let validate: ValidateFunction;

beforeAll(async () => {
  text = await readFile(join(root, 'docker-compose.yml'), 'utf8');
  compose = parse(text, { merge: true });
  // The Compose specification's schema, as dclint carries it; the package exports only its program.
  const linter = createRequire(join(root, 'test/package.json')).resolve('dclint');
  const schema = JSON.parse(
    await readFile(join(dirname(dirname(linter)), 'schemas/compose.schema.json'), 'utf8'),
  );
  // Its $schema is draft-07 under an address that Ajv does not know.
  validate = new Ajv({
    strict: false,
    validateSchema: false,
    validateFormats: false,
    allErrors: true,
  }).compile(schema);
});

const mistakes = (content: unknown): string[] =>
  validate(content)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

describe('the compose file', () => {
  test('is what the Compose specification allows', () => {
    expect(mistakes(compose)).toEqual([]);
  });

  test.each([
    ['an unknown key', 'depends_on:', 'depend_on:', /must NOT have additional properties/],
    ['a wrong type', 'internal: true', 'internal: [1]', /\/networks\/stores\/internal must be/],
    ['a wrong unit', 'retries: 12', 'retries: {a: 1}', /\/healthcheck\/retries must be/],
  ])('%s in it would be found', (_, right, wrong, finding) => {
    expect(text).toContain(right);
    expect(mistakes(parse(text.replace(right, wrong), { merge: true })).join('\n')).toMatch(finding);
  });

  test('runs two of each central service', () => {
    expect(compose.services.api?.deploy?.replicas).toBe(2);
    expect(compose.services.scheduler?.deploy?.replicas).toBe(2);
  });

  test('lets no host see Postgres or Redis, and shows only the proxy to the outside', () => {
    const stores = Object.entries(compose.services).filter(([, { networks }]) =>
      networks?.includes('stores'),
    );
    expect(stores.map(([name]) => name).sort()).toEqual(['api', 'postgres', 'redis', 'scheduler']);
    expect(compose.networks.stores?.internal).toBe(true);
    const open = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).toEqual(['proxy']);
  });

  test('holds no secret: each is a variable without a default, and in no argument', () => {
    for (const [name] of text.matchAll(/\$\{\w*(PASSWORD|TOKEN)\w*[^}]*\}/g))
      expect(name).toMatch(/^\$\{\w+(:\?.*|:-)?\}$/);
    for (const { command } of Object.values(compose.services))
      expect(command?.join(' ') ?? '').not.toMatch(/PASSWORD|TOKEN|SECRET/);
  });

  test('sets Redis up as the services expect it', () => {
    expect(compose.configs.redis?.content).toMatch(/^appendonly yes$/m);
    expect(compose.configs.redis?.content).toMatch(/^maxmemory-policy noeviction$/m);
  });

  test('builds from stages that exist', async () => {
    for (const { build } of Object.values(compose.services)) {
      if (!build) continue;
      const stages = await readFile(join(root, build.dockerfile), 'utf8');
      expect(stages).toMatch(new RegExp(`^FROM .* AS ${build.target}$`, 'm'));
    }
  });
});

/** A service that has no env.ts yet knows nothing that could be compared. */
const services = ['api', 'scheduler', 'worker-agent'].map((name) => ({
  name,
  file: join(root, 'services', name, 'src', 'env.ts'),
}));

describe('the environment', () => {
  for (const { name, file } of services)
    test(`of ${name} is one that it reads`, async () => {
      // As text: an import of a service by its path is what no one else may do either.
      const known = [...(await readFile(file, 'utf8')).matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(
        ([, key]) => key,
      );
      expect(known.length).toBeGreaterThan(1);
      expect(
        Object.keys(compose.services[name]?.environment ?? {}).filter((key) => !known.includes(key)),
      ).toEqual([]);
    });

  test('of the database has it keep memory, as where we start it ourselves', async () => {
    const ours = await readFile(join(root, 'packages/runtime/src/server-memory.ts'), 'utf8');
    const wanted = [...ours.matchAll(/^ {2}(MALLOC_\w+): '(\d+)',$/gm)].map(([, name, value]) => [
      name,
      value,
    ]);
    expect(wanted).toHaveLength(3);
    expect(compose.services.postgres?.environment).toMatchObject(Object.fromEntries(wanted));
  });

  test('is compared with something: a variable that no service reads would be found', async () => {
    const known = await readFile(services[0]?.file ?? '', 'utf8');
    expect(known).not.toContain('CAO_PROT:');
    expect(known).toContain('CAO_PORT:');
  });
});
