/** Where programs are found: all that git gets of the test's surroundings. */
export const PATH = process.env.PATH ?? '';
