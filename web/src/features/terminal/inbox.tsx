import type { MessageView } from '@cao/contracts';
import { terminalHref } from '../../lib/route.ts';
import { useLive } from '../../lib/use-store.ts';
import { Since } from '../../ui/since.tsx';
import { MessageStatus } from '../../ui/status.tsx';

/** Longer texts are folded. Units: characters. */
const FOLD = 400;

const deadWords = {
  not_accepted: 'the agent did not take it',
  terminal_closed: 'the terminal ended first',
  cancelled: 'it was cancelled',
  too_old: 'it waited too long',
  refused: 'the host refused it',
} as const satisfies Record<NonNullable<MessageView['reason']>, string>;

export function Inbox({ id, sent }: { id: string; sent: string | null }) {
  const messages = useLive((state) => state.inboxes.get(id));
  const mine = messages?.find((message) => message.id === sent);
  return (
    <section className="inbox" aria-labelledby="inbox-title">
      <h2 id="inbox-title">Inbox</h2>
      {/* Only what one has just sent is spoken; a busy inbox would never be silent. */}
      <p className="unseen" role="status">
        {mine ? `Your message is ${mine.state === 'dead' ? 'not delivered' : mine.state}.` : ''}
      </p>
      {messages === undefined && <p className="small">Fetching messages…</p>}
      {messages?.length === 0 && <p className="small">No message yet.</p>}
      <ol>
        {messages?.map((message) => (
          <Message key={message.id} message={message} mine={message.id === sent} />
        ))}
      </ol>
    </section>
  );
}

function Message({ message, mine }: { message: MessageView; mine: boolean }) {
  const { sender, kind, text, state, reason, created_at: at } = message;
  const isTerminal = sender !== 'user' && sender !== 'system';
  return (
    <li className="message" data-mine={mine || undefined}>
      <div className="line">
        <span className="small">
          {isTerminal ? <a href={terminalHref(sender)}>{sender}</a> : sender === 'user' ? 'a person' : 'CAO'}
          {kind !== 'user' && kind !== 'system' && ` · ${kind}`} · <Since at={at} />
        </span>
        <MessageStatus of={state} />
      </div>
      {text.length > FOLD ? (
        <details>
          <summary className="text">{text.slice(0, FOLD)}… </summary>
          <p className="text">{text.slice(FOLD)}</p>
        </details>
      ) : (
        <p className="text">{text}</p>
      )}
      {reason !== null && <p className="small">Not delivered: {deadWords[reason]}.</p>}
      {message.sanitised && <p className="small">Control characters in it were made visible.</p>}
    </li>
  );
}
