/** What the demo's supervisor is told, in the language of the scripted agent, and what it must answer. */
export const NORTH = 'demo-north';
export const SOUTH = 'demo-south';

const call = (tool: string, args: Record<string, string>) => `[[call ${tool} ${JSON.stringify(args)}]]`;

export const prompt = [
  'Add up with a team: two developers side by side on two machines, then a reviewer.',
  call('assign', {
    agent_profile: 'developer',
    host: NORTH,
    message: 'What is 2 + 2? [[sleep 700]] [[reply four]]',
  }),
  call('assign', {
    agent_profile: 'developer',
    host: SOUTH,
    message: 'What is 2 + 3? [[sleep 1400]] [[reply five]]',
  }),
  '[[await 2]]',
  call('handoff', {
    agent_profile: 'reviewer',
    host: SOUTH,
    message: 'Is four and five nine? [[sleep 700]] [[say nine]]',
  }),
  '[[say The developers said $m1 and $m2; the reviewer makes it $3.output.]]',
].join('\n');

export const ANSWER = 'The developers said four and five; the reviewer makes it nine.';
