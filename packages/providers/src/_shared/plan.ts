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

/** An option of the program; none without a value. */
export const option = (name: string, value: string | undefined): readonly string[] =>
  value ? [name, value] : [];

/** Of these, what has a value. */
export const given = (
  fields: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value]] : [])));
