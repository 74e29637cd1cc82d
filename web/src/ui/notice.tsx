import type { ReactNode } from 'react';

interface Props {
  readonly tone: 'info' | 'warn' | 'error';
  readonly action?: { readonly label: string; readonly run: () => void };
  readonly children: ReactNode;
}

/** One sentence about what happened and one about what to do next. */
export function Notice({ tone, action, children }: Props) {
  return (
    <div className="notice" data-tone={tone} role={tone === 'error' ? 'alert' : 'status'}>
      <p>{children}</p>
      {action && (
        <button type="button" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}
