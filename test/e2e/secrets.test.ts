import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Agent, deliver, knownAgent } from '../support/stack/agents.ts';
import { watchArgv } from '../support/stack/argv-watch.ts';
import { filesOf, modeOf } from '../support/stack/files-of.ts';
import { dumpPostgres, dumpRedis } from '../support/stack/queue-dump.ts';
import type { Backend } from '../support/stack/shape.ts';
import { FINAL_ANSWER, finalAnswer, startStory } from '../support/stack/story.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

const USER_SECRET = `sk-user-${'c4n4ry'.repeat(5)}`;
const IN_MESSAGE = `sk-told-${'c4n4ry'.repeat(5)}`;

/** Everything that must be nowhere but where it is needed, by name. */
async function secretsOf(stack: Stack, agents: readonly Agent[]): Promise<Map<string, string>> {
  const password = decodeURIComponent(new URL(stack.databaseUrl).password);
  const key = (stateDir: string) =>
    (
      JSON.parse(readFileSync(join(stateDir, 'agent.json'), 'utf8')) as { private_key: string }
    ).private_key.split('\n')[1]!;
  const secrets = new Map([
    ['the admin token', stack.adminToken],
    ["the database's password", password],
    ["a user's environment value", USER_SECRET],
    ['a login code', (await stack.client.access.createLoginLink()).code],
    ['a join token', (await stack.client.hosts.createJoinToken()).token],
    ...stack.hosts.map(({ name, stateDir }) => [`the key of ${name}`, key(stateDir)] as const),
    ...agents.map(({ id, token }) => [`the token of terminal ${id}`, token] as const),
  ]);
  for (const [name, value] of secrets) expect(value.length, name).toBeGreaterThan(15);
  return secrets;
}

const leaks = (secrets: ReadonlyMap<string, string>, text: string): string[] =>
  [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name);

describe.each<Backend>(['postgres', 'redis'])('after a story over %s', (backend) => {
  test('secrets are where they are needed, and nowhere else', async () => {
    const argv = watchArgv();
    await using stack = await withStack({
      backend,
      hosts: 1,
      // All that can be logged is.
      serviceEnv: { CAO_LOG_LEVEL: 'debug' },
      agentEnv: { CAO_LOG_LEVEL: 'debug', MY_API_KEY: USER_SECRET },
    });
    const supervisor = await startStory(stack, 'my-task');
    expect(await finalAnswer(stack, supervisor)).toBe(FINAL_ANSWER);
    await deliver(stack, supervisor, `remember ${IN_MESSAGE}`);
    // The worker of a handoff goes with its answer; its files are gone a moment before its row is closed.
    await stack.event(
      'the reviewer is closed',
      ({ kind, data }) => kind === 'terminal.closed' && data.agent_profile === 'reviewer',
    );
    const { terminals } = await stack.client.sessions.get({ params: { name: 'my-task' } });
    const live = terminals.filter(({ lifecycle }) => lifecycle === 'live');
    const agents = await Promise.all(live.map(({ id }) => knownAgent(stack, id)));
    const secrets = await secretsOf(stack, agents);
    const told = new Map([...secrets, ['the text of a message', IN_MESSAGE]]);

    const seen = [...argv.stop()].join('\n');
    expect(seen).toContain(`cao-scripted-agent --session-id`);
    expect(leaks(told, seen)).toEqual([]);

    const logs = readdirSync(stack.dir).filter((name) => name.endsWith('.log'));
    expect(logs.sort()).toEqual(['api.log', 'host-1.log', 'scheduler.log']);
    for (const name of logs)
      expect(leaks(told, readFileSync(join(stack.dir, name), 'utf8')), name).toEqual([]);

    expect(leaks(told, JSON.stringify(stack.events.all()))).toEqual([]);

    const tables = await dumpPostgres(stack.databaseUrl);
    expect([...tables.keys()].some((table) => table.startsWith('bullmq'))).toBe(backend === 'postgres');
    for (const [table, rows] of tables)
      expect(
        leaks(table.endsWith('.messages') || table.endsWith('.terminals') ? secrets : told, rows),
        table,
      ).toEqual([]);
    if (backend === 'redis') {
      const dump = await dumpRedis(stack.redis!.url, `${stack.redis!.prefix}*`);
      expect(dump).toContain('host-');
      expect(leaks(told, dump)).toEqual([]);
    }

    for (const { socket, stateDir } of stack.hosts) {
      const tmux = (...args: string[]) => execFileSync('tmux', ['-S', socket, ...args], { encoding: 'utf8' });
      const sessions = tmux('list-sessions', '-F', '#{session_name}').trim().split('\n');
      expect(sessions.length).toBeGreaterThan(1);
      const shown = [
        tmux('show-environment', '-g'),
        ...sessions.map((session) => tmux('show-environment', '-t', `=${session}`)),
        tmux('show-options', '-g'),
        tmux('list-panes', '-a', '-F', '#{pane_start_command} #{@cao_id} #{pane_title}'),
        tmux('list-buffers', '-F', '#{buffer_name} #{buffer_sample}'),
      ].join('\n');
      expect(shown).toContain('status-interval');
      expect(leaks(told, shown)).toEqual([]);
      expect(shown).not.toContain('MY_API_KEY');

      expect(modeOf(stateDir)).toBe(0o700);
      for (const id of readdirSync(join(stateDir, 'terminals'))) {
        expect(existsSync(join(stateDir, 'terminals', id, 'launch.sh')), id).toBe(false);
        expect(modeOf(join(stateDir, 'terminals', id))).toBe(0o700);
      }
      expect(existsSync(join(stateDir, 'join-token'))).toBe(false);
    }

    // What holds a secret is for its owner only; the agents' own records hold what they were told.
    const holding = filesOf(stack.dir).filter(({ content }) => leaks(secrets, content).length > 0);
    expect(holding.length).toBeGreaterThan(agents.length);
    for (const { path, mode } of holding) expect(mode, path).toBe(0o600);
    expect(holding.flatMap(({ path, content }) => (content.includes(USER_SECRET) ? [path] : []))).toEqual([]);
  });
});
