import { providers } from '@cao/providers';
import { expect, test } from 'vitest';
import { capabilityNames } from './capabilities/registry.ts';
import { pageWith, readPage, readPublished } from './published.ts';

const published = readPublished();

test('docs/providers.md says what docs/conformance.json says, and names every provider', () => {
  expect(pageWith(readPage(), published)).toBe(readPage());
  for (const id of Object.keys(providers)) expect(readPage()).toContain(`\`${id}\``);
});

test('what is published was claimed by a provider and by a capability that there are', () => {
  for (const { provider, results } of published) {
    expect(Object.keys(providers)).toContain(provider);
    for (const { capability } of results) expect(capabilityNames).toContain(capability);
  }
});

test('what failed or is not claimed says why', () => {
  for (const { results } of published)
    for (const { outcome, note } of results) if (outcome !== 'pass') expect(note).not.toBe('');
});
