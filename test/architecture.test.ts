import { describe } from 'vitest';
import { documents } from './architecture/documents.ts';
import { environmentPage } from './architecture/environment-page.ts';
import { failpoints } from './architecture/failpoints.ts';
import { habits } from './architecture/habits.ts';
import { neighbours } from './architecture/neighbours.ts';
import { whatOnlyOneKnows } from './architecture/owners.ts';
import { theNinthProvider } from './architecture/providers.ts';

// The rules that neither the compiler nor the linter sees. Most expect an empty list; what stands in it are sentences
// that say where a rule is broken and what to do about it.
describe('who may know whom', neighbours);
describe('what only one workspace knows', whatOnlyOneKnows);
describe('the next provider', theNinthProvider);
describe('the habits of the house', habits);
describe('every failpoint', failpoints);
describe('the documents', documents);
describe('docs/env.md', environmentPage);
