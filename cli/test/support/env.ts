/** Where programs are found: all that `cao` gets of the test's surroundings. */
export const PATH = process.env.PATH ?? '';
