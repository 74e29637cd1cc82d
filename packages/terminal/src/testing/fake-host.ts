import type { Birth, PaneRef } from '../terminal-server.ts';
import { type FakeEvent, FakePane } from './fake-pane.ts';

export type HostEvent =
  | FakeEvent
  | { readonly kind: 'gone'; readonly reason: 'window_closed' | 'killed_on_host' };
type Listener = (pane: FakePane, event: HostEvent) => void;

/** What lives on when a server object is stopped; and what a person on the host may do. */
export class FakeHost {
  readonly #panes = new Map<string, FakePane>();
  readonly #listeners = new Set<Listener>();
  #born = 0;

  get panes(): FakePane[] {
    return [...this.#panes.values()];
  }

  pane(name: string): FakePane | undefined {
    return this.#panes.get(name);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  bear(birth: Birth): FakePane {
    const pane: FakePane = new FakePane(birth, ++this.#born, (event) => {
      if (this.#panes.has(pane.ref.pane)) this.#tell(pane, event);
    });
    this.#panes.set(pane.ref.pane, pane);
    return pane;
  }

  close(pane: FakePane, reason: 'window_closed' | 'killed_on_host' = 'window_closed'): void {
    if (!this.#panes.delete(pane.ref.pane)) return;
    pane.end();
    this.#tell(pane, { kind: 'gone', reason });
  }

  copyMode({ pane }: PaneRef, on: boolean): void {
    this.#panes.get(pane)?.set({ inMode: on });
  }

  inputOff({ pane }: PaneRef, off: boolean): void {
    this.#panes.get(pane)?.set({ inputOff: off });
  }

  killSession(session: string): void {
    for (const pane of this.panes) if (pane.session === session) this.close(pane, 'killed_on_host');
  }

  /** Ends every program, and returns when all have ended. */
  async end(): Promise<void> {
    const panes = this.panes;
    for (const pane of panes) this.close(pane);
    await Promise.all(panes.map((pane) => pane.closed));
  }

  #tell(pane: FakePane, event: HostEvent): void {
    for (const listener of this.#listeners) listener(pane, event);
  }
}
