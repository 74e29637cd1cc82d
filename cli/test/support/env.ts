/** Where programs are found, and where Node keeps what it has compiled: all that `cao` gets of the test's surroundings. */
export const PATH = process.env.PATH ?? '';
export const NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? '';
