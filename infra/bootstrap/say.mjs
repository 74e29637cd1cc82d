/** How often long work says that it is still at it. */
const STILL_WORKING_MS = 15_000;

/** Plain lines on stderr: stdout belongs to the program that runs in the end. */
export function say(line) {
  process.stderr.write(`cao: ${line}\n`);
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/**
 * Says what begins, every 15 s that it goes on, and how long it took.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function timed(what, work) {
  const began = Date.now();
  say(`${what} …`);
  const still = setInterval(() => say(`${what}: still at it after ${seconds(began)}`), STILL_WORKING_MS);
  try {
    const result = await work();
    say(`${what}: done in ${seconds(began)}`);
    return result;
  } finally {
    clearInterval(still);
  }
}
