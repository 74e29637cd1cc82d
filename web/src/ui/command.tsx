import { useState } from 'react';

/** How long the button says that it worked. Units: ms. */
const COPIED_MS = 1500;

/** A command line to run somewhere else, with a button that copies it. */
export function Command({ line }: { line: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(line);
    } catch {
      return; // no clipboard without TLS or permission: the line can be selected
    }
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <span className="command">
      <code>{line}</code>
      <button type="button" className="quiet" onClick={() => void copy()} aria-label={`Copy: ${line}`}>
        {copied ? 'Copied' : 'Copy'}
      </button>
    </span>
  );
}
