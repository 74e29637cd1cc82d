import { useEffect, useState } from 'react';
import { login } from '../../lib/access.ts';
import { type Failure, toFailure } from '../../lib/failure.ts';
import { Command } from '../../ui/command.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Ticked } from '../../ui/ticked.tsx';
import './login.css';

/** No token: how to get one. There is nothing to type here, a link carries the code. */
export function Login({ refused, failure }: { refused: boolean; failure?: Failure }) {
  return (
    <main className="login">
      <h1>
        <img src="/icon.svg" alt="" width="32" height="32" /> CAO
      </h1>
      {failure && (
        <Notice tone="error">
          The link did not work: {failure.message}{' '}
          {failure.code === 'unreachable' && <Ticked text={failure.next} />}
        </Notice>
      )}
      {refused && <Notice tone="warn">You are logged out: the token of this browser has ended.</Notice>}
      <p>This browser is not logged in. On the machine where CAO runs, type</p>
      <Command line="cao login --link" />
      <p>
        and open the link it prints. A link works once, for 15 minutes; <code>cao up</code> prints one at its
        start, too.
      </p>
    </main>
  );
}

/** One exchange per code, however often React mounts: the second would find it spent. */
const exchanges = new Map<string, Promise<void>>();

function exchange(code: string): Promise<void> {
  const known = exchanges.get(code) ?? login(code);
  exchanges.set(code, known);
  return known;
}

export function LoggingIn({ code, onDone }: { code: string; onDone: () => void }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: onDone is called once, when the code is spent
  useEffect(() => {
    let here = true;
    exchange(code).then(
      () => here && onDone(),
      (error: unknown) => here && setFailure(toFailure(error)),
    );
    return () => {
      here = false;
    };
  }, [code]);
  if (failure) return <Login refused={false} failure={failure} />;
  return (
    <main className="login">
      <p role="status">Logging in…</p>
    </main>
  );
}
