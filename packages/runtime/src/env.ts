import type { z } from 'zod';

/**
 * Reads the environment once, against one schema, and reports every mistake together.
 * @throws Error that names each variable, what is wrong with it and what is allowed.
 */
export function readEnv<S extends z.ZodObject>(
  schema: S,
  env: Record<string, string | undefined> = process.env,
): z.infer<S> {
  // An empty value is an absent one: compose files and shells write `VAR=` for "not set".
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`the environment is not usable:\n${lines.join('\n')}`);
}
