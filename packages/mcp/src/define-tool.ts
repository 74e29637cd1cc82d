import type { z } from 'zod';
import type { ToolCall } from './call.ts';

export interface Tool<I extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** What it does, when to use it and when not to: models read nothing else. */
  readonly description: string;
  readonly input: I;
  /** The answer's JSON. A failure that the model can act on is `{ success: false, error }`, not an exception. */
  readonly handle: (input: z.output<I>, call: ToolCall) => Promise<Record<string, unknown>>;
}

export const defineTool = <I extends z.ZodObject>(tool: Tool<I>): Tool<I> => tool;
