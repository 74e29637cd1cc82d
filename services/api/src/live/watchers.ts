import type { Link } from '../link/link.ts';
import type { Links } from '../link/links.ts';
import { type Bytes, Follower, type Known, type Target, type Viewer } from './follower.ts';

/** Who looks at which terminal. A host sends output only while somebody does. */
export interface Watchers {
  /** Watched again by the same viewer, it begins again. Without a link it waits for one. */
  watch(target: Target, viewer: Viewer, known: Known | null): void;
  /** The terminal has just started: its host may not have known it when it was watched. */
  started(terminal: string, viewer: Viewer): void;
  unwatch(terminal: string, viewer: Viewer): void;
  /** Bytes of a terminal count only from the host that it was watched on: no host draws on another's screen. */
  onBytes(hostId: string, frame: Bytes): void;
  /** A new link of a host: who looks at its terminals goes on where they were. */
  resume(link: Link): void;
}

export function makeWatchers(links: Links): Watchers {
  const watched = new Map<string, Map<Viewer, Follower>>();
  const begin = (follower: Follower) => {
    const link = links.get(follower.target.hostId);
    if (link) follower.begin(link);
  };
  return {
    watch(target, viewer, known) {
      const followers = watched.get(target.terminal) ?? new Map<Viewer, Follower>();
      followers.get(viewer)?.end();
      const follower = new Follower(target, viewer, known);
      followers.set(viewer, follower);
      watched.set(target.terminal, followers);
      begin(follower);
    },
    started(terminal, viewer) {
      const follower = watched.get(terminal)?.get(viewer);
      if (follower) begin(follower);
    },
    unwatch(terminal, viewer) {
      const followers = watched.get(terminal);
      const follower = followers?.get(viewer);
      if (!followers || !follower) return;
      follower.end();
      followers.delete(viewer);
      if (followers.size > 0) return;
      watched.delete(terminal);
      links.get(follower.target.hostId)?.send({ t: 'unwatch', terminal });
    },
    onBytes(hostId, frame) {
      for (const follower of watched.get(frame.terminal)?.values() ?? [])
        if (follower.target.hostId === hostId) follower.onBytes(links.get(hostId), frame);
    },
    resume(link) {
      for (const followers of watched.values())
        for (const follower of followers.values())
          if (follower.target.hostId === link.hostId) follower.begin(link);
    },
  };
}
