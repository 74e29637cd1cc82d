import type { LaunchInput, LaunchPlan } from '../contract.ts';

type PlanFile = LaunchPlan['files'][number];

export const jsonFile = (path: string, value: unknown): PlanFile => ({
  path,
  content: JSON.stringify(value, null, 2),
});

export const script = (path: string, content: string): PlanFile => ({ path, content, executable: true });

/** The system prompt in a file of its own; none when the profile has none. */
export const promptFile = (path: string, { profile }: Pick<LaunchInput, 'profile'>): readonly PlanFile[] => {
  const prompt = profile.systemPrompt.trim();
  return prompt ? [{ path, content: `${prompt}\n` }] : [];
};

/** In `folder` of the plan, what lies under the same names in `target`. */
export const linksTo = (target: string, folder: string, names: readonly string[]) =>
  names.map((name) => ({ path: `${folder}/${name}`, target: `${target}/${name}` }));

/**
 * Links in a home of its own, in `folder` of the plan: what is the user's, and what is kept (conversations outlive the terminal,
 * so that they can be resumed).
 */
export const homeLinks = (
  { home, keepDir }: Pick<LaunchInput, 'home' | 'keepDir'>,
  folder: string,
  users: { readonly from: string; readonly names: readonly string[] },
  kept: string,
) => [...linksTo(`${home}/${users.from}`, folder, users.names), ...linksTo(keepDir, folder, [kept])];

/** An option of the program; none without a value. */
export const option = (name: string, value: string | undefined): readonly string[] =>
  value ? [name, value] : [];

/** Of these, what has a value. */
export const given = (
  fields: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value]] : [])));

/** A Markdown file with fields in front; one without a value is left out. */
export const frontMatter = (fields: Readonly<Record<string, string>>, text: string): string => {
  const lines = Object.entries(given(fields)).map(([name, value]) => `${name}: ${value}`);
  return ['---', ...lines, '---', text, ''].join('\n');
};
