import { join } from 'node:path';
import { silentLogger } from '@cao/runtime';
import type { StateFiles } from '../state/files.ts';
import { Transcript } from '../transcript/transcript.ts';

/** Of a session whose output is not what a test is about. */
export const noTranscript = (files: StateFiles): Transcript =>
  new Transcript({
    dir: join(files.dir, 'transcript'),
    files,
    secrets: [],
    log: silentLogger,
    shoot: () => Promise.reject(new Error('no pane')),
    adopted: false,
  });
