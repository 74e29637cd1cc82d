import { z } from 'zod';
import { profileView } from '../entities.ts';
import { profileName } from '../ids.ts';
import { prose } from '../text.ts';
import { defineEndpoint } from './endpoint.ts';

/** Units: characters. A profile is prose; more is a mistake or an attack. */
export const MAX_PROFILE_CHARS = 256_000;
const byName = z.object({ name: profileName });

export const profiles = {
  list: defineEndpoint({
    method: 'GET',
    path: '/profiles',
    scope: 'viewer',
    summary: 'Profiles that can be launched: built in, and installed ones.',
    response: z.object({ profiles: z.array(profileView) }),
  }),
  get: defineEndpoint({
    method: 'GET',
    path: '/profiles/:name',
    scope: 'viewer',
    summary: 'One profile with its text.',
    params: byName,
    response: z.object({ profile: profileView, content: z.string() }),
  }),
  put: defineEndpoint({
    method: 'PUT',
    path: '/profiles/:name',
    scope: 'operator',
    summary: 'Installs a profile file (Markdown with front matter) for every host.',
    params: byName,
    body: z.strictObject({ content: prose(MAX_PROFILE_CHARS) }),
    response: z.object({ profile: profileView }),
  }),
};
