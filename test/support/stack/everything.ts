import type { Stack } from './with-stack.ts';

/** All that a call can change: every change of a session, terminal, message, task or host appends an event. */
export async function everything(stack: Stack): Promise<unknown> {
  const cursor = Math.max(0, ...stack.events.all().map((event) => event.id));
  const { next_after } = await stack.client.system.events({ query: { after: cursor, limit: 1000 } });
  return { next_after, ...(await stack.client.profiles.list()) };
}
