import { expect, test } from 'vitest';
import { places } from './places.ts';
import { files, isProduct, isTest, read } from './tree.ts';

/** A host that dies there leaves a row that says less than was done. This list may only become shorter. */
const NOBODY_DIES_AT = ['agent.answer.before-record'];

export function failpoints(): void {
  test('is a place where a test lets a process die', () => {
    const armed = files.filter((path) => isTest(path) && !path.startsWith('test/architecture/')).map(read);
    const names = places(files.filter(isProduct), /(?<=\bfailpoint\(')[a-z.-]+(?='\))/g).map(
      ({ what }) => what,
    );
    const unarmed = names.filter((name) => !armed.some((text) => text.includes(`'${name}`)));
    expect(unarmed.sort()).toEqual(NOBODY_DIES_AT);
  });
}
