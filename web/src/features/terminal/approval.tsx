import type { ApprovalDecision, ApprovalView } from '@cao/contracts';
import { useState } from 'react';
import { type Failure, toFailure } from '../../lib/failure.ts';
import { useLive, useStore } from '../../lib/use-store.ts';
import { Notice } from '../../ui/notice.tsx';
import { Since } from '../../ui/since.tsx';
import { Ticked } from '../../ui/ticked.tsx';

/** What its agent asks permission for, with the two answers. What it would do is shown as text, whatever it holds. */
export function Approval({ terminal, mayAnswer }: { terminal: string; mayAnswer: boolean }) {
  const asked = useLive((state) => state.approvals.get(terminal));
  // Each question is a form of its own: a failure or a click of the one before says nothing about it.
  return asked ? <Question key={asked.id} asked={asked} mayAnswer={mayAnswer} /> : null;
}

function Question({ asked, mayAnswer }: { asked: ApprovalView; mayAnswer: boolean }) {
  const store = useStore();
  const [answering, setAnswering] = useState<ApprovalDecision | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const answer = async (decision: ApprovalDecision) => {
    setAnswering(decision);
    setFailure(null);
    try {
      await store.answer(asked.id, decision);
    } catch (error) {
      setFailure(toFailure(error));
      setAnswering(null);
    }
  };
  return (
    <section className="approval" aria-labelledby="approval-title">
      <h2 id="approval-title">{asked.tool === '' ? 'It asks a question' : `May it use ${asked.tool}?`}</h2>
      <pre className="text">{textOf(asked)}</pre>
      {asked.input_cut && <p className="small">Parts of it are too long and left out.</p>}
      <p className="small">
        Asked <Since at={asked.created_at} />. Messages wait until it is answered, here or on its screen.
      </p>
      {mayAnswer ? (
        <div className="actions">
          <button
            type="button"
            className="primary"
            disabled={answering !== null}
            onClick={() => void answer('allow')}
          >
            {answering === 'allow' ? 'Allowing…' : 'Allow'}
          </button>
          <button type="button" disabled={answering !== null} onClick={() => void answer('deny')}>
            {answering === 'deny' ? 'Denying…' : 'Deny'}
          </button>
        </div>
      ) : (
        <p className="small">Your login may only look, not answer.</p>
      )}
      {failure && (
        <Notice tone="error">
          Not answered. {failure.message} <Ticked text={failure.next} />
        </Notice>
      )}
    </section>
  );
}

/** A command or a text stands as it is; all else as JSON. */
function textOf({ input }: ApprovalView): string {
  if (typeof input === 'string') return input;
  const entries = typeof input === 'object' && input !== null ? Object.entries(input) : [];
  const [only] = entries;
  if (entries.length === 1 && typeof only?.[1] === 'string') return only[1];
  return JSON.stringify(input, null, 2);
}
