import type { TerminalEvents, TerminalServer } from '@cao/terminal';

/** The next event that matches; asked for before the act that causes it. */
export function next<E extends keyof TerminalEvents>(
  server: TerminalServer,
  event: E,
  matches: (...args: TerminalEvents[E]) => boolean = () => true,
): Promise<TerminalEvents[E]> {
  return new Promise((resolve, reject) => {
    const expired = setTimeout(() => {
      off();
      reject(new Error(`no matching ${event} within 15 s`));
    }, 15_000);
    const off = server.on(event, (...args) => {
      if (!matches(...args)) return;
      clearTimeout(expired);
      off();
      resolve(args);
    });
  });
}
