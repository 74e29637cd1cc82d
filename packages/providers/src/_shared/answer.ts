import type { ApprovalAnswer } from '../contract.ts';

/** No hook and no API takes an answer: keys into the dialog do. */
export const byKeys = (...keys: readonly string[]): ApprovalAnswer => ({ reply: null, keys });
