import type { ApiRequest, ApprovalAnswer, Provider } from '../contract.ts';

/** No hook and no API takes an answer: keys into the dialog do. */
export const byKeys = (...keys: readonly string[]): ApprovalAnswer => ({ reply: null, keys });

/** By the API that has asked, under its own number; by keys what the screen alone has told. */
export const byApi =
  (
    keys: Readonly<Record<'allow' | 'deny', string>>,
    request: (isYes: boolean, nativeId: string, tool: string) => ApiRequest,
  ): Provider['answer'] =>
  (decision, { nativeId, tool }) => ({
    ...byKeys(keys[decision]),
    ...(nativeId === undefined ? {} : { request: request(decision === 'allow', nativeId, tool) }),
  });
