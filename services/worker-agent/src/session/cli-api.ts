import type { ApiRequest } from '@cao/providers';
import type { Logger } from '@cao/runtime';

/** A CLI that starts serves its API within seconds; one that went away is gone with its pane. Units: ms. */
const REDIAL_MS = { first: 100, most: 2_000 } as const;

/** Where it is served. */
export type CliApiAt = { readonly url: string; readonly authorization: string } | { readonly socket: string };

/** The API of a CLI, as its session uses it: what it tells is pushed, the rest is asked for. */
export interface CliApiClient {
  /** @returns its answer, where it gives one; rejects when it did not take it. */
  send(request: ApiRequest): Promise<unknown>;
  stop(): void;
}

/** Follows it again and again, until it is stopped. @param follow resolves or rejects when the connection is no more. */
export function makeRedial(follow: () => Promise<void>, log: Logger): { stop(): void } {
  let stopped = false;
  const run = async () => {
    for (let wait: number = REDIAL_MS.first; !stopped; ) {
      try {
        await follow();
        wait = REDIAL_MS.first;
      } catch (error) {
        if (!stopped) log.debug({ err: error }, 'the API of a CLI is not there');
      }
      await new Promise((resolve) => setTimeout(resolve, wait).unref());
      wait = Math.min(REDIAL_MS.most, wait * 2);
    }
  };
  void run();
  return {
    stop() {
      stopped = true;
    },
  };
}
