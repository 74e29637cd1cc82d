import { profileName } from '@cao/contracts';
import { z } from 'zod';
import { arg, defineCommand, jsonFlag, value, values } from '../command.ts';
import { CliError } from '../exit.ts';
import { nameOf, withProvider } from '../install/front-matter.ts';
import { readProfile } from '../install/source.ts';

export const command = defineCommand({
  path: ['install'],
  summary: 'Install an agent profile for every host',
  help: [
    'SOURCE is a Markdown file with front matter, or an https URL of one on github.com or raw.githubusercontent.com.',
    'Built-in profiles need no installing. Installing a name again replaces it for terminals that start from then on.',
  ].join('\n'),
  examples: [
    'cao install ./reviewer.md',
    'cao install ./reviewer.md --provider claude_code',
    'cao install https://github.com/OWNER/REPO/blob/main/PROFILE.md',
  ],
  args: { source: arg('SOURCE', z.string().min(1), 'file or URL') },
  options: {
    provider: value(
      'PROVIDER',
      z
        .string()
        .regex(/^[a-z0-9_]{1,64}$/, 'is a word like claude_code')
        .optional(),
      'write this provider into the profile',
    ),
    env: values('K=V', z.string(), 'not supported yet: refused'),
    json: jsonFlag,
  },
  async run({ source, provider, env, json }, context) {
    const { io, client, signal } = context;
    if (env.length > 0)
      throw new CliError(
        'bad_request',
        '--env is not supported',
        'Leave it out; agents get the environment of the worker-agent of their host: set it there.',
      );
    if (profileName.safeParse(source).success && !source.includes('.')) {
      const { profiles } = await client.profiles.list({ signal });
      const known = profiles.find((profile) => profile.name === source);
      if (known && json) return io.json({ profile: known });
      if (known) return io.note(`${source} is ${known.built_in ? 'built in' : 'installed'} already.`);
    }
    const read = await readProfile(source, signal);
    const content = provider === undefined ? read.content : withProvider(read.content, provider);
    const name = profileName.safeParse(nameOf(content) ?? read.stem);
    if (!name.success)
      throw new CliError(
        'bad_request',
        `${source}: ${name.error.issues[0]!.message}`,
        'Correct `name:` in its front matter.',
      );
    const { profile } = await client.profiles.put({ params: { name: name.data }, body: { content }, signal });
    if (json) return io.json({ profile });
    io.note(`installed ${profile.name}; start it with \`cao launch --agents ${profile.name}\``);
  },
});
