import type { Stack } from '../support/stack/with-stack.ts';
import { type Installed, withWorld } from './world.ts';

/** Real CLIs as supervisor and as worker of each other, mixed in one session. */
export interface Mixed {
  readonly name: string;
  readonly outcome: 'pass' | 'fail';
  /** Seconds, or why. */
  readonly note: string;
}

/** Five workers that start one after the other, on a busy machine. Units: ms. */
const SESSION_MS = 420_000;

const profileOf = (id: string, role: 'lead' | 'worker') => `${role}_${id}`;

export async function runMixed(
  all: readonly Installed[],
  note: (mixed: Mixed) => void,
): Promise<readonly Mixed[]> {
  return withWorld(all, async ({ stack }) => {
    const ids = all.map(({ provider }) => provider.id as string);
    for (const id of ids) {
      await install(stack, profileOf(id, 'lead'), `provider: ${id}\nrole: supervisor`);
      await install(stack, profileOf(id, 'worker'), `provider: ${id}\nrole: developer`);
    }
    const results: Mixed[] = [];
    const tell = async (name: string, work: () => Promise<void>) => {
      const begun = performance.now();
      const mixed = await work().then(
        (): Mixed => ({
          name,
          outcome: 'pass',
          note: `${((performance.now() - begun) / 1000).toFixed(1)} s`,
        }),
        (error: unknown): Mixed => ({
          name,
          outcome: 'fail',
          note: String((error as Error).message ?? error),
        }),
      );
      note(mixed);
      results.push(mixed);
    };
    const named = ['codex', 'claude_code', 'opencode', 'gemini'];
    if (named.every((id) => ids.includes(id)))
      await tell('codex leads: handoff to claude_code on another host, assign to opencode and gemini', () =>
        story(stack),
      );
    for (const lead of ids)
      await tell(`${lead} hands off to ${ids.filter((id) => id !== lead).join(', ')}`, () =>
        handoffs(
          stack,
          lead,
          ids.filter((id) => id !== lead),
        ),
      );
    return results;
  });
}

const install = (stack: Stack, name: string, head: string) =>
  stack.client.profiles.put({
    params: { name },
    body: { content: `---\nname: ${name}\npermissionMode: default\n${head}\n---\nBe brief.\n` },
  });

async function story(stack: Stack): Promise<void> {
  const call = (tool: string, id: string, message: string, host: string) =>
    `[[call ${tool} ${JSON.stringify({ agent_profile: profileOf(id, 'worker'), message, host })}]]`;
  const [one, two] = stack.hosts.map((host) => host.name) as [string, string];
  const prompt = [
    call('handoff', 'claude_code', '[[say claude has it]]', two),
    call('assign', 'opencode', '[[reply opencode has it]]', one),
    call('assign', 'gemini', '[[reply gemini has it]]', two),
    '[[await 2]] [[say $1.output, $m1, $m2]]',
  ].join('\n');
  const length = 'claude has it, gemini has it, opencode has it'.length;
  const answer = await lead(stack, 'codex', one, prompt, 'codex-leads', length);
  const said = answer.split(', ').sort().join(', ');
  if (said !== 'claude has it, gemini has it, opencode has it') throw new Error(`the answer was ${answer}`);
}

async function handoffs(stack: Stack, id: string, workers: readonly string[]): Promise<void> {
  const calls = workers.map((worker) => {
    const message = `[[say ${worker} for ${id}]]`;
    return `[[call handoff ${JSON.stringify({ agent_profile: profileOf(worker, 'worker'), message })}]]`;
  });
  const outputs = workers.map((_, at) => `$${at + 1}.output`).join(', ');
  const wanted = workers.map((worker) => `${worker} for ${id}`).join(', ');
  const prompt = `${calls.join('\n')} [[say ${outputs}]]`;
  const answer = await lead(stack, id, stack.hosts[0]!.name, prompt, `${id}-hands-off`, wanted.length);
  if (answer !== wanted) throw new Error(`the answer was ${answer}, and not ${wanted}`);
}

/** @param length of the final answer: earlier turns say less. @returns the last answer of a session whose supervisor was told this, once all that it started is over. */
async function lead(
  stack: Stack,
  id: string,
  host: string,
  message: string,
  session: string,
  length: number,
): Promise<string> {
  const { client } = stack;
  const { terminal } = await client.sessions.create({
    body: { agent_profile: profileOf(id, 'lead'), session_name: session, host, message },
  });
  try {
    await stack.event(
      `the final answer of ${id}`,
      ({ kind, terminal_id, data }) =>
        kind === 'terminal.turn_ended' &&
        terminal_id === terminal.id &&
        (Number(data.chars) >= length || data.error !== null),
      SESSION_MS,
    );
    const { tasks: known } = await client.tasks.list({ query: { session } });
    // An assigned worker writes its result, and ends its turn a moment later.
    const tasks = await Promise.all(
      known.map(async ({ id: task }) => (await client.tasks.wait({ params: { id: task }, query: {} })).task),
    );
    const open = tasks.filter(({ state }) => state !== 'completed');
    if (open.length > 0)
      throw new Error(`tasks: ${open.map(({ state, reason }) => `${state} ${reason}`).join('; ')}`);
    return (await client.terminals.get({ params: { id: terminal.id } })).terminal.last_answer ?? '';
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await stateOf(stack, session)}`);
  } finally {
    await client.sessions.shutdown({ params: { name: session }, query: {} });
  }
}

async function stateOf({ client, events }: Stack, session: string): Promise<string> {
  const { terminals } = await client.sessions.get({ params: { name: session } });
  const about = terminals.map(
    (one) =>
      `${one.id} ${one.provider} ${one.lifecycle} ${one.status} ${one.reason ?? ''} ${one.failure?.message ?? ''}`,
  );
  const told = events.all().filter((event) => event.session_name?.endsWith(session));
  const lines = told.slice(-25).map((one) => `${one.kind} ${one.terminal_id} ${JSON.stringify(one.data)}`);
  return [...about, ...lines].join('\n');
}
