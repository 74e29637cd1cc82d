import { armFailpoints } from '@cao/runtime';
import { makeGit } from '../../src/workspace/git.ts';
import { makeMirrors } from '../../src/workspace/mirrors.ts';
import { PATH } from '../support/env.ts';

/** Clones a repository into a folder of mirrors, and dies where it is told to. */
const [root = '', repo = '', failpoints = ''] = process.argv.slice(2);
armFailpoints(failpoints);
await makeMirrors(root, makeGit({ PATH, HOME: root })).fresh(repo, { head: true }, () => {});
