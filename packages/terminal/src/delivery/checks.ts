import { CaoError, sanitise } from '@cao/contracts';
import { assertCursor } from '../pane/names.ts';

/** Far above any message; a paste of it is read by a CLI within seconds, and stays small beside tmux's own memory. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

export function assertStep(prev: number, seq: number): void {
  assertCursor('prev', prev);
  assertCursor('seq', seq);
  if (seq <= prev)
    throw new CaoError('bad_request', `seq ${seq} does not follow prev ${prev}`, { field: 'seq' });
}

export function assertText(text: string): void {
  if (text === '')
    throw new CaoError('bad_request', 'the text is empty; there is nothing to paste', { field: 'text' });
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    throw new CaoError('too_large', `the text has more than ${MAX_TEXT_BYTES} bytes`, { field: 'text' });
  }
  if (sanitise(text).text !== text) {
    throw new CaoError('bad_request', 'the text has control characters; pass what sanitise() returns', {
      field: 'text',
    });
  }
}
