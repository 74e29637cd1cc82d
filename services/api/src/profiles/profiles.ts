import { readdirSync, readFileSync } from 'node:fs';
import { CaoError, type Profile, type ProfileView } from '@cao/contracts';
import { type Db, findProfile, listProfiles, type ProfileRow } from '@cao/db';
import { parseProfile } from './parse.ts';

const FOLDER = new URL('../../profiles/', import.meta.url);

/** The profiles that come with CAO; an installed one of the same name goes before. */
const builtIn = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.md'))
    .map((file) => [file.slice(0, -'.md'.length), readFileSync(new URL(file, FOLDER), 'utf8')]),
);

export interface LoadedProfile {
  readonly profile: Profile;
  readonly content: string;
  readonly view: ProfileView;
}

/** @throws CaoError not_found with the names that exist. */
export async function loadProfile(db: Db, name: string): Promise<LoadedProfile> {
  const row = await findProfile(db, name);
  const content = row?.content ?? builtIn.get(name);
  if (content === undefined) {
    const names = (await profileViews(db)).map((view) => view.name).join(', ');
    throw new CaoError(
      'not_found',
      `there is no profile ${name}; there are ${names}. Install one with \`cao install FILE\``,
      { profile: name },
    );
  }
  const profile = parseProfile(content);
  return { profile, content, view: toView(name, profile, row) };
}

export async function profileViews(db: Db): Promise<ProfileView[]> {
  const installed = new Map((await listProfiles(db)).map((row) => [row.name, row]));
  const names = [...new Set([...builtIn.keys(), ...installed.keys()])].sort();
  return names.map((name) => {
    const row = installed.get(name) ?? null;
    return toView(name, parseProfile(row?.content ?? builtIn.get(name)!), row);
  });
}

const toView = (name: string, profile: Profile, row: ProfileRow | null): ProfileView => ({
  name,
  description: profile.description,
  providers: [profile.provider ?? []].flat(),
  role: profile.role ?? null,
  built_in: row === null,
  updated_at: row?.updatedAt.toISOString() ?? null,
});
