import { type Client, createClient, type Live, openLive } from '@cao/client';
import {
  type ApprovalDecision,
  CaoError,
  type LivePush,
  type LiveRequest,
  type MessageView,
} from '@cao/contracts';
import { toFailure } from './failure.ts';
import { createRefresher } from './refresher.ts';
import { type ScreenFeed, type ScreenSink, screenFeed, toBase64 } from './screen-feed.ts';
import { type FetchKey, staleAfter } from './stale.ts';
import { type Action, emptyState, reduce, type State } from './state.ts';

/** Typed or pasted bytes per frame; a frame may hold 1 MiB and base64 takes a third more. Units: bytes. */
const INPUT_CHUNK = 64 * 1024;
/** More than this that was missed is shown as a snapshot: it would only scroll by. Units: bytes. */
const CATCH_UP_BYTES = 256 * 1024;
/** A host that is suspect is lost after 45 s of silence, and no event says so: it is asked about once more. Units: ms. */
const SUSPECT_MS = 46_000;
/** Messages of an inbox that are shown. */
const INBOX_LIMIT = 30;
/** Open approvals at once: one per terminal at most. */
const APPROVAL_LIMIT = 500;

export interface Store {
  getState(): State;
  subscribe(listener: () => void): () => void;
  /** Keeps a terminal, its inbox and the reason of its state fresh until the returned function is called. */
  look(terminal: string): () => void;
  /** Shows a pane in `sink`, again after each reconnection, until the returned function is called. */
  watch(terminal: string, sink: ScreenSink, onError: (message: string) => void): () => void;
  /** @param keys the bytes of what was typed. Dropped while the connection is away: keys of the past must not arrive later. */
  input(terminal: string, keys: Uint8Array): void;
  /** @param key the same key is the same message, so a repeated try never sends twice. */
  send(terminal: string, text: string, key: string): Promise<MessageView>;
  /** Resolves once the CLI was told. @throws CaoError conflict when somebody else was first, or it is gone. */
  answer(approval: string, decision: ApprovalDecision): Promise<void>;
  showEnded(on: boolean): void;
  retry(): void;
  stop(): void;
}

interface Watcher {
  readonly terminal: string;
  readonly feed: ScreenFeed;
  readonly onError: (message: string) => void;
}

/**
 * The page's one store. After each (re)connection: subscribe, then fetch the lists, then follow events; an event shows
 * what it says and marks what it leaves open. Nothing is asked for at intervals.
 */
export function createStore(options: { url: string; token: string; onLoggedOut: () => void }): Store {
  const client = createClient(options);
  const listeners = new Set<() => void>();
  const looked = new Map<string, number>();
  const watchers = new Set<Watcher>();
  let state = emptyState;

  let suspectTimer: ReturnType<typeof setTimeout> | undefined;

  const dispatch = (action: Action) => {
    state = reduce(state, action);
    if ('hosts' in action) {
      clearTimeout(suspectTimer);
      if (action.hosts.some((host) => host.state === 'suspect'))
        suspectTimer = setTimeout(() => refresher.mark(['hosts']), SUSPECT_MS);
    }
    for (const listener of listeners) listener();
  };
  const failed = (error: unknown) => {
    if (error instanceof CaoError && error.code === 'unauthenticated') return options.onLoggedOut();
    if (error === null && state.failure === null) return;
    dispatch({ do: 'failure', failure: error === null ? null : toFailure(error) });
  };
  const refresher = createRefresher(
    fetcher(client, dispatch, () => state, looked),
    failed,
  );

  const live = openLive(options, {
    onOpen(opened) {
      opened.send({ t: 'subscribe' });
      for (const terminal of new Set([...watchers].map((each) => each.terminal))) opened.send(goOn(terminal));
    },
    onPush: (push) => onPush(push, opened()),
    onClose(reason) {
      dispatch({ do: 'link', is: 'lost', reason });
      // A refused token closes the socket without a word that a page could read; an ordinary request says it.
      client.access.whoami().catch((error: unknown) => {
        if (error instanceof CaoError && error.code === 'unauthenticated') options.onLoggedOut();
      });
    },
  });
  const opened = (): Live => live;

  const onPush = (push: LivePush, connection: Live) => {
    switch (push.t) {
      case 'subscribed':
        dispatch({ do: 'link', is: 'live' });
        return refresher.mark(['lists', ...lookedKeys()]);
      case 'event':
        dispatch({ do: 'event', event: push.event });
        return refresher.mark(staleAfter(push.event, new Set(looked.keys())));
      case 'snapshot':
        for (const each of watchers) if (each.terminal === push.terminal) each.feed.snapshot(push);
        return;
      case 'output':
        for (const { terminal, feed } of watchers)
          if (terminal === push.terminal && !feed.output(push)) connection.send({ t: 'watch', terminal });
        return;
      case 'error':
        for (const each of watchers) if (each.terminal === push.terminal) each.onError(push.message);
        if (push.terminal === undefined) failed(new Error(push.message));
    }
  };
  /** What the page missed while it was away; where its views differ, all get a snapshot. */
  const goOn = (terminal: string): LiveRequest => {
    const [first, ...others] = [...watchers]
      .filter((each) => each.terminal === terminal)
      .map(({ feed }) => feed.known());
    const agree = others.every((known) => known?.epoch === first?.epoch && known?.from === first?.from);
    return { t: 'watch', terminal, ...(first && agree ? { ...first, most: CATCH_UP_BYTES } : {}) };
  };
  const lookedKeys = (): FetchKey[] => [...looked.keys()].flatMap(keysOf);

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    look(terminal) {
      looked.set(terminal, (looked.get(terminal) ?? 0) + 1);
      if (state.link.is === 'live') refresher.mark(keysOf(terminal));
      return () => {
        const rest = looked.get(terminal)! - 1;
        if (rest > 0) looked.set(terminal, rest);
        else looked.delete(terminal);
      };
    },
    watch(terminal, sink, onError) {
      const watcher: Watcher = { terminal, feed: screenFeed(sink), onError };
      watchers.add(watcher);
      live.send({ t: 'watch', terminal });
      return () => {
        watchers.delete(watcher);
        if (![...watchers].some((each) => each.terminal === terminal)) live.send({ t: 'unwatch', terminal });
      };
    },
    input(terminal, keys) {
      for (let at = 0; at < keys.length; at += INPUT_CHUNK)
        live.send({ t: 'input', terminal, data: toBase64(keys.subarray(at, at + INPUT_CHUNK)) });
    },
    async send(terminal, text, key) {
      const body = { text, idempotency_key: key };
      const { message } = await client.terminals.send({ params: { id: terminal }, body });
      dispatch({ do: 'message', message });
      return message;
    },
    async answer(id, decision) {
      try {
        await client.approvals.answer({ params: { id }, body: { decision } });
      } finally {
        // Whatever came of it: what is open now is fetched, as an event may have come before the answer.
        refresher.mark(['approvals']);
      }
    },
    showEnded(on) {
      dispatch({ do: 'showEnded', on });
      refresher.mark(['lists']);
    },
    retry: () => refresher.retry(),
    stop() {
      clearTimeout(suspectTimer);
      refresher.stop();
      live.close();
    },
  };
}

const keysOf = (terminal: string): FetchKey[] => [
  `terminal:${terminal}`,
  `inbox:${terminal}`,
  `why:${terminal}`,
];

/** Which request answers which key. */
function fetcher(
  client: Client,
  dispatch: (action: Action) => void,
  getState: () => State,
  looked: ReadonlyMap<string, number>,
) {
  const approvals = async (signal: AbortSignal) => {
    const query = { state: 'open', limit: String(APPROVAL_LIMIT) } as const;
    dispatch({ do: 'approvals', ...(await client.approvals.list({ query, signal })) });
  };
  const lists = async (signal: AbortSignal) => {
    const [{ hosts }, { sessions }, me] = await Promise.all([
      client.hosts.list({ signal }),
      client.sessions.list({ query: { all: String(getState().showEnded) }, signal }),
      client.access.whoami({ signal }),
      approvals(signal),
    ]);
    dispatch({ do: 'scope', scope: me.scope });
    dispatch({ do: 'lists', hosts, sessions, keep: new Set(looked.keys()) });
  };
  const one = {
    async session(name: string, signal: AbortSignal) {
      dispatch({ do: 'session', ...(await client.sessions.get({ params: { name }, signal })) });
    },
    async terminal(id: string, signal: AbortSignal) {
      dispatch({ do: 'terminal', ...(await client.terminals.get({ params: { id }, signal })) });
    },
    async inbox(id: string, signal: AbortSignal) {
      const query = { limit: INBOX_LIMIT };
      const { messages } = await client.terminals.messages({ params: { id }, query, signal });
      dispatch({ do: 'inbox', id, messages });
    },
    async why(id: string, signal: AbortSignal) {
      const { lines, next } = await client.terminals.why({ params: { id }, signal });
      dispatch({ do: 'reason', id, reason: { lines, next } });
    },
  };
  return async (key: FetchKey, signal: AbortSignal): Promise<void> => {
    if (key === 'lists') return lists(signal);
    if (key === 'approvals') return approvals(signal);
    if (key === 'hosts') return dispatch({ do: 'hosts', ...(await client.hosts.list({ signal })) });
    const [kind, id] = key.split(':') as [keyof typeof one, string];
    try {
      await one[kind](id, signal);
    } catch (error) {
      // Gone, or never there: trying again cannot help, and the page says so where it matters.
      if (!(error instanceof CaoError) || error.code !== 'not_found') throw error;
      if (kind === 'terminal') dispatch({ do: 'missing', id });
    }
  };
}
