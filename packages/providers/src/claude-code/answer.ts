import type { Approval, ApprovalAnswer } from '../contract.ts';

/** Needs what only a person at it can say: 2.1.330 takes no "allow" of a hook for them, and goes on asking. */
const CHOICE = 'AskUserQuestion';
const PLAN = 'ExitPlanMode';
/** A dialog that only the screen told: its first line must be a yes. */
const YES_FIRST = /Do you want to|Would you like to/;

const reply = (decision: Readonly<Record<string, string>>) => ({
  hookSpecificOutput: { hookEventName: 'PermissionRequest', decision },
});

export function answer(decision: 'allow' | 'deny', { tool, input }: Approval): ApprovalAnswer {
  // "No" is the last entry, third or second; Esc is always it.
  if (decision === 'deny')
    return { reply: reply({ behavior: 'deny', message: 'The user said no.' }), keys: ['Escape'] };
  if (tool === CHOICE || (tool === '' && !YES_FIRST.test(String(input)))) return { reply: null, keys: [] };
  return { reply: tool === PLAN ? null : reply({ behavior: 'allow' }), keys: ['1'] };
}
