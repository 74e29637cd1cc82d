import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { api } from './index.ts';

const endpoints: Endpoint[] = Object.values(api).flatMap((verbs): Endpoint[] => Object.values(verbs));

/** The longest wait that a caller may ask for; undefined where there is none to ask for. */
const longestWait = ({ query }: Endpoint): number | undefined => {
  const { timeout_ms, wait_ms } = (query as z.ZodObject | undefined)?.shape ?? {};
  return ((timeout_ms ?? wait_ms) as z.ZodDefault<z.ZodNumber> | undefined)?.unwrap().maxValue ?? undefined;
};

test('who waits for an endpoint knows that it does, and for how long at most', () => {
  expect(endpoints.filter(({ waits }) => waits).map(({ path }) => path)).toEqual(
    endpoints.filter((endpoint) => longestWait(endpoint) !== undefined).map(({ path }) => path),
  );
  expect(new Set(endpoints.filter(({ waits }) => waits).map(longestWait))).toEqual(new Set([25_000]));
});
