import { z } from 'zod';

/** What may go wrong with a CLI, and what a person does about it. One table: status pages, errors and docs read it. */
export const failureTable = {
  not_installed: {
    title: 'not installed',
    next: 'Install the CLI on that host, or let the agent run on another one (--host, labels).',
  },
  not_logged_in: {
    title: 'not logged in',
    next: 'Log in with the CLI itself on that host, as the user of the worker-agent; then launch again.',
  },
  trust_needed: {
    title: 'asks whether its folder is trusted',
    next: 'Look at the terminal (`cao terminal attach ID`) and answer the question there, once.',
  },
  quota_exhausted: {
    title: 'out of quota',
    next: 'Wait until the quota is renewed, or give the profile another CLI to fall back on (`provider: [a, b]`).',
  },
  rate_limited: {
    title: 'rate limited',
    next: 'Send the message again in a minute; run fewer agents of this CLI at once if it goes on.',
  },
  model_error: {
    title: 'the model failed',
    next: "Send the message again; if it goes on, look at the status page of the model's service.",
  },
  crashed: {
    title: 'crashed',
    next: 'Read its last words (`cao terminal output ID`), then launch it again.',
  },
  hung: {
    title: 'says nothing any more',
    next: 'Look at the terminal (`cao terminal attach ID`); interrupt it with `cao terminal keys ID Escape`, or close it.',
  },
} as const satisfies Record<string, { title: string; next: string }>;

export const failureKind = z.enum(Object.keys(failureTable) as [FailureKind, ...FailureKind[]]);
export type FailureKind = keyof typeof failureTable;

export const failure = z.object({
  kind: failureKind,
  message: z.string().max(2000).describe('what the CLI said'),
  resets_at: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe('when a quota is renewed, where the CLI tells'),
});
export type Failure = z.infer<typeof failure>;

/** Whether a CLI can be used as it is on a host; `unknown` where only a request to its service would tell. */
export const loginState = z.enum(['logged_in', 'logged_out', 'unknown']);
export type LoginState = z.infer<typeof loginState>;

/** What a conversation has used since it began. Units: tokens, US dollars; null where the CLI does not tell. */
export const usage = z.object({
  input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
  cached_tokens: z.number().int().nonnegative().nullable(),
  cost_usd: z.number().nonnegative().nullable(),
  model: z.string().max(200).nullable(),
});
export type Usage = z.infer<typeof usage>;
