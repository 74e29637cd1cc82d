import { CaoError, type Profile, profileFrontMatter } from '@cao/contracts';
import { parseDocument } from 'yaml';

/** A profile file is Markdown with YAML front matter; this much aliasing is a bomb and not a profile. */
const MAX_ALIASES = 20;
/** YAML's check for double keys takes the square of their number: 400 KB of keys held this process for minutes. Units: characters. */
const MAX_FRONT_MATTER = 16_000;

/**
 * Reads a profile file: front matter checked, body as the system prompt.
 * @throws CaoError bad_request naming the field.
 */
export function parseProfile(content: string): Profile {
  const match = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(content);
  if (!match) throw bad('a profile begins with front matter between two lines of ---');
  if (match[1]!.length > MAX_FRONT_MATTER)
    throw bad(`the front matter has at most ${MAX_FRONT_MATTER} characters`);
  let data: unknown;
  try {
    const document = parseDocument(match[1]!, { prettyErrors: false });
    if (document.errors[0]) throw document.errors[0];
    data = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw bad(`the front matter is not usable YAML: ${(error as Error).message}`);
  }
  const parsed = profileFrontMatter.safeParse(data);
  if (parsed.success) return { ...parsed.data, systemPrompt: match[2]!.trim() };
  const issue = parsed.error.issues[0]!;
  throw bad(`${issue.path.join('.') || 'front matter'}: ${issue.message}`);
}

const bad = (message: string) => new CaoError('bad_request', message, { field: 'content' });
