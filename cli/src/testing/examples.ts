/** What the placeholders of help texts and skills may stand for. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  TERMINAL: 'a1b2c3d4',
  MESSAGE: '7b0c1d52-4f3e-4a1b-9c8d-2e6f5a4b3c21',
  TASK: 't0123456789a',
  APPROVAL: '7b0c1d52-4f3e-4a1b-9c8d-2e6f5a4b3c21',
  NAME: 'my-task',
  HOST: 'laptop',
  URL: 'http://127.0.0.1:9889',
  TOKEN: 'caoj_x',
  CODE: 'caol_x',
  PROFILE: 'developer',
  TOKEN_FILE: 'token.txt',
  OWNER: 'somebody',
  REPO: 'profiles',
};

/** The words after `cao` of a command line as a shell would split it; the last command of a pipe counts. */
export function wordsOf(line: string): string[] {
  const filled = line.replace(/\b[A-Z_]{3,}\b/g, (word) => PLACEHOLDERS[word] ?? word);
  const words = [...filled.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]!);
  return words.slice(words.lastIndexOf('cao') + 1);
}
