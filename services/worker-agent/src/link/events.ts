import { type AgentEvent, LINK_EVENT_WINDOW } from '@cao/contracts';
import { failpoint } from '@cao/runtime';
import type { Spool } from './spool.ts';
import type { SpooledEvent } from './spool-lines.ts';

/** What this host has to tell, from the spool to the api: in order, a window at a time. */
export interface Events {
  emit(event: AgentEvent): void;
  /** A link is there, and the api has committed everything up to `acked`. */
  begin(acked: number): void;
  ack(n: number): void;
}

/** @param send drops what it is given while there is no link. */
export function makeEvents(spool: Spool, send: (event: SpooledEvent) => void): Events {
  let acked = 0;
  let sent = 0;
  const sendMore = () => {
    for (const event of spool.after(sent, acked + LINK_EVENT_WINDOW - sent)) {
      send(event);
      sent = event.n;
    }
  };
  return {
    emit(event) {
      void failpoint('agent.spool.before-write');
      spool.append(event);
      void failpoint('agent.spool.after-write');
      sendMore();
    },
    begin(n) {
      acked = n;
      sent = n;
      spool.ack(n);
      sendMore();
    },
    ack(n) {
      acked = n;
      spool.ack(n);
      sendMore();
    },
  };
}
