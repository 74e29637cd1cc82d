import { MAX_MESSAGE_CHARS } from '@cao/contracts';
import { type KeyboardEvent, useState } from 'react';
import { type Failure, toFailure } from '../../lib/failure.ts';
import { useStore } from '../../lib/use-store.ts';
import { Notice } from '../../ui/notice.tsx';
import { Ticked } from '../../ui/ticked.tsx';

interface Props {
  readonly id: string;
  readonly name: string;
  readonly mayWrite: boolean;
  readonly onSent: (messageId: string) => void;
}

interface Draft {
  readonly text: string;
  /** Belongs to this text: sending it again after a broken answer is the same message. */
  readonly key: string;
}

/** What was being written to each terminal, while the page lives: changing the terminal loses nothing. */
const drafts = new Map<string, Draft>();
// randomUUID is not there on plain http beyond loopback
const newKey = () =>
  `web-${[...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16)).join('-')}`;
const emptyDraft = (): Draft => ({ text: '', key: newKey() });

export function Composer({ id, name, mayWrite, onSent }: Props) {
  const store = useStore();
  const [draft, setDraftState] = useState(() => drafts.get(id) ?? emptyDraft());
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const setDraft = (next: Draft) => {
    drafts.set(id, next);
    setDraftState(next);
  };
  if (!mayWrite)
    return (
      <p className="small">
        Your login may only look. For one that may write, run <code>cao login --link</code> as its admin.
      </p>
    );

  const send = async () => {
    if (sending || draft.text.trim() === '') return;
    setSending(true);
    setFailure(null);
    try {
      const message = await store.send(id, draft.text, draft.key);
      setDraft(emptyDraft());
      onSent(message.id);
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setSending(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label htmlFor="message">Message to {name}</label>
      <textarea
        id="message"
        rows={3}
        value={draft.text}
        maxLength={MAX_MESSAGE_CHARS}
        readOnly={sending}
        onChange={(event) => setDraft({ text: event.target.value, key: newKey() })}
        onKeyDown={onKeyDown}
        aria-describedby="message-hint"
      />
      <div className="line">
        <span id="message-hint" className="small">
          Ctrl+Enter sends. It is delivered when the agent takes input.
        </span>
        <button type="submit" className="primary" disabled={sending || draft.text.trim() === ''}>
          {sending ? 'Sending…' : 'Send'}
        </button>
      </div>
      {failure && (
        <Notice tone="error">
          Not sent. {failure.message} <Ticked text={failure.next} />
        </Notice>
      )}
    </form>
  );
}
