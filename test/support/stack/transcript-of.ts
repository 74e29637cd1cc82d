import type { TranscriptGap } from '@cao/contracts';
import type { Stack } from './with-stack.ts';

/** All that the api has of a terminal. */
export async function transcriptOf(stack: Stack, id: string) {
  const parts: Buffer[] = [];
  const gaps: TranscriptGap[] = [];
  for (let from = 0; ; ) {
    const page = await stack.client.terminals.transcript({ params: { id }, query: { from } });
    parts.push(Buffer.from(page.data, 'base64'));
    gaps.push(...page.gaps);
    from = page.to;
    if (page.to >= page.end) return { bytes: Buffer.concat(parts), gaps, page };
  }
}
