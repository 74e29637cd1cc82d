import type { HostView } from '@cao/contracts';

/** The host, if the conversation of a terminal that ran there can go on there. */
export const conversationOn = (host: HostView | null, row: { provider: string }): string | null =>
  host?.providers.some(({ id, resumes }) => id === row.provider && resumes) ? host.id : null;
