import type { LivePush, UpFrame } from '@cao/contracts';
import type { Link } from '../link/link.ts';
import type { Links } from '../link/links.ts';

type Bytes = Extract<UpFrame, { t: 'output' | 'snapshot' }>;
type Push = (push: LivePush) => void;

interface Watched {
  readonly hostId: string;
  /** False until its snapshot came: output before it would be drawn on nothing. */
  readonly viewers: Map<Push, boolean>;
}

/** Who looks at which terminal. A host sends output only while somebody does. */
export interface Watchers {
  watch(terminal: string, hostId: string, push: Push): void;
  unwatch(terminal: string, push: Push): void;
  /** Bytes of a terminal count only from the host that it was watched on: no host draws on another's screen. */
  onBytes(hostId: string, frame: Bytes): void;
  /** A new link of a host: what is watched there is asked for again, with a fresh snapshot. */
  resume(link: Link): void;
}

export function makeWatchers(links: Links): Watchers {
  const watched = new Map<string, Watched>();
  return {
    watch(terminal, hostId, push) {
      const entry = watched.get(terminal) ?? { hostId, viewers: new Map() };
      entry.viewers.set(push, false);
      watched.set(terminal, entry);
      links.get(hostId)?.send({ t: 'watch', terminal });
    },
    unwatch(terminal, push) {
      const entry = watched.get(terminal);
      if (!entry?.viewers.delete(push) || entry.viewers.size > 0) return;
      watched.delete(terminal);
      links.get(entry.hostId)?.send({ t: 'unwatch', terminal });
    },
    onBytes(hostId, frame) {
      const { e: _epoch, ...push } = frame;
      const entry = watched.get(frame.terminal);
      if (entry?.hostId !== hostId) return;
      const { viewers } = entry;
      for (const [viewer, live] of viewers) {
        // A snapshot replaces what is drawn, for everybody: it may follow a resize or lost output.
        if (frame.t === 'output' && !live) continue;
        viewers.set(viewer, true);
        viewer(push);
      }
    },
    resume(link) {
      for (const [terminal, entry] of watched) {
        if (entry.hostId !== link.hostId) continue;
        for (const viewer of entry.viewers.keys()) entry.viewers.set(viewer, false);
        link.send({ t: 'watch', terminal });
      }
    },
  };
}
