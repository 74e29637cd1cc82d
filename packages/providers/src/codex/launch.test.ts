import { describe, expect, test } from 'vitest';
import { launchInput } from '../testing/conformance.ts';
import { codex } from './index.ts';

describe('the launch of Codex', () => {
  const plan = (change: Partial<typeof launchInput>) => codex.launch({ ...launchInput, ...change });
  const planned = (change: Partial<typeof launchInput>) => {
    const { server, ...rest } = plan(change);
    if (!server) throw new Error('no server');
    return { ...rest, server };
  };
  const copy = (change: Partial<typeof launchInput>) => {
    const [found] = plan(change).copies ?? [];
    if (!found) throw new Error('no copy');
    return found;
  };
  const config = (change: Partial<typeof launchInput>) => copy(change).add;
  const developer = ['@builtin', 'fs_*', 'execute_bash', 'web_fetch', '@cao-mcp-server'];
  const reviewer = ['@builtin', 'fs_read', 'fs_list', '@cao-mcp-server'];
  const untrusted = { '/home/u/work': { trust_level: 'untrusted' } };

  test("takes the user's login through a link and their settings as a copy, into a home that takes the writes", () => {
    const { env, links } = plan({});
    expect(env).toEqual({
      CODEX_HOME: `${launchInput.dir}/codex`,
      CODEX_INTERNAL_ORIGINATOR_OVERRIDE: 'codex-tui',
    });
    expect(links).toContainEqual({ path: 'codex/auth.json', target: '/home/u/.codex/auth.json' });
    expect(copy({})).toMatchObject({ path: 'codex/config.toml', source: '/home/u/.codex/config.toml' });
  });

  test('answers every question of a first start, and starts nothing that outlives it', () => {
    expect(config({})).toMatchObject({
      check_for_update_on_startup: false,
      features: { daemon_auto_start: false },
    });
    const { argv, server } = planned({});
    for (const args of [argv, server.attached]) expect(args).toContain('--dangerously-bypass-hook-trust');
  });

  test('attaches its terminal to a server of its own; one without a server runs by itself, with hooks', () => {
    const { argv, server, files } = planned({ resume: true });
    expect(server.argv).toEqual(['/usr/bin/cli', 'app-server', '--listen', `unix://${server.socket}`]);
    expect(server.attached).toEqual(
      expect.arrayContaining(['resume', launchInput.nativeSessionId, '--remote', `unix://${server.socket}`]),
    );
    expect(argv).toEqual(expect.arrayContaining(['resume', launchInput.nativeSessionId, '-p', 'cao']));
    expect(argv).not.toContain('--remote');
    const { content } = files.find(({ path }) => path === 'codex/cao.config.toml') ?? { content: '' };
    expect(content).toContain('"PermissionRequest" = ');
  });

  test('keeps the system prompt out of the arguments, whatever is in it', () => {
    const systemPrompt = 'line\n"quoted" \\ back\u007f 漢字 '.repeat(1000);
    const input = { profile: { ...launchInput.profile, systemPrompt } };
    expect(plan(input).argv.join(' ').length).toBeLessThan(200);
    expect(config(input)).toMatchObject({ developer_instructions: systemPrompt.trim() });
  });

  test('gives a reader a sandbox that nothing opens, also when nobody is to be asked', () => {
    for (const yolo of [false, true]) {
      expect(plan({ tools: reviewer, yolo }).onlyAsked?.join()).toMatch(/^execute_bash: .*write nothing$/);
      expect(config({ tools: reviewer, yolo })).toMatchObject({
        sandbox_mode: 'read-only',
        approval_policy: 'never',
        web_search: 'disabled',
      });
    }
  });

  test('takes the shell from one that may not even read', () => {
    expect(config({ tools: ['@cao-mcp-server'] })).toMatchObject({
      features: { shell_tool: false, unified_exec: false },
    });
    expect(config({ tools: developer }).features).not.toHaveProperty('shell_tool');
  });

  test('opens everything only to one with all tools that was told to', () => {
    const open = { sandbox_mode: 'danger-full-access', approval_policy: 'never' };
    expect(config({ tools: developer, yolo: true })).toMatchObject(open);
    expect(config({ tools: ['*'], yolo: true })).toMatchObject(open);
    expect(config({ tools: developer })).toMatchObject({ sandbox_mode: 'workspace-write' });
    // Whatever the user has; nothing of ours stands above it.
    expect(config({})).not.toHaveProperty('sandbox_mode');
    expect(config({})).not.toHaveProperty('approval_policy');
  });

  test("brings the profile's servers that the tools name, in Codex's words", () => {
    const mcpServers = {
      jira: { type: 'http', url: 'http://jira', headers: { a: 'b' }, timeout: 5000 },
      other: { command: 'other' },
    };
    const profile = { ...launchInput.profile, mcpServers };
    const { mcp_servers: servers } = config({ profile, tools: ['@jira', '@cao-mcp-server'] });
    expect(servers).toMatchObject({
      jira: { url: 'http://jira', http_headers: { a: 'b' }, tool_timeout_sec: 5 },
      'cao-mcp-server': { bearer_token_env_var: 'CAO_TERMINAL_TOKEN', required: true },
    });
    expect(servers).not.toHaveProperty('other');
  });

  test('leaves out servers of the user and all that the folder configures, unless the tools ask for more', () => {
    for (const tools of [developer, reviewer]) {
      expect(copy({ tools }).without).toEqual(['mcp_servers', 'projects']);
      expect(config({ tools }).projects).toEqual(untrusted);
    }
    for (const tools of [['*'], [...developer, '@jira']]) {
      expect(copy({ tools }).without).toEqual([]);
      expect(config({ tools })).not.toHaveProperty('projects');
      // The folder is trusted by who has said so, and by nobody else.
      expect(copy({ tools }).defaults).toMatchObject({ projects: untrusted });
    }
  });
});
