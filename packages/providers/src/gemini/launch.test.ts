import { describe, expect, test } from 'vitest';
import { launchInput } from '../testing/conformance.ts';
import { gemini } from './index.ts';

describe('the launch of Gemini CLI', () => {
  const plan = (change: Partial<typeof launchInput> = {}) => gemini.launch({ ...launchInput, ...change });
  const file = (change: Partial<typeof launchInput>, end: string) =>
    plan(change).files.find(({ path }) => path.endsWith(end))?.content ?? '';
  const flag = (argv: readonly string[], name: string) => argv[argv.indexOf(name) + 1];

  test('has a home of its own, in which what is the user’s is a link', () => {
    const { env, links = [], files } = plan();
    expect(env.GEMINI_CLI_HOME).toBe(`${launchInput.dir}/home`);
    for (const name of ['settings.json', 'oauth_creds.json', 'google_accounts.json', '.env', 'GEMINI.md'])
      expect(links).toContainEqual({ path: `home/.gemini/${name}`, target: `/home/u/.gemini/${name}` });
    // What it writes by itself lies in its own home.
    for (const name of ['history', 'extensions', 'projects.json'])
      expect(links.map(({ path }) => path)).not.toContain(`home/.gemini/${name}`);
    expect(links).toContainEqual({ path: 'home/.gemini/tmp', target: '/home/u/keep/tmp' });
    expect(files.every(({ path }) => !path.startsWith('/'))).toBe(true);
    for (const name of ['HOME', 'GEMINI_API_KEY', 'GOOGLE_API_KEY']) expect(env).not.toHaveProperty([name]);
  });

  test('hands its hooks and its server the token in files, as hooks see no secret of the environment', () => {
    expect(file({}, 'hook.sh')).toContain(`Bearer ${launchInput.loopback.tokenMark}`);
    const { mcpServers } = JSON.parse(file({}, 'gemini-extension.json'));
    expect(mcpServers['cao-mcp-server']).toMatchObject({
      httpUrl: launchInput.loopback.mcpUrl,
      headers: { Authorization: `Bearer ${launchInput.loopback.tokenMark}` },
    });
    expect(mcpServers['cao-mcp-server'].timeout).toBeGreaterThan(240_000);
  });

  test('takes away every tool that no word names, above what the user has allowed', () => {
    const tools = ['fs_read', 'fs_list', '@cao-mcp-server'];
    const rules = file({ tools }, 'policy.toml');
    const denied = /toolName = (\[.*\])\ndecision = "deny"/.exec(rules)?.[1];
    expect(JSON.parse(denied ?? '[]')).toEqual(
      expect.arrayContaining(['run_shell_command', 'write_file', 'replace', 'web_fetch', 'invoke_agent']),
    );
    expect(denied).not.toContain('read_file');
    const { argv } = plan({ tools });
    expect(flag(argv, '--admin-policy')).toBe(`${launchInput.dir}/policy.toml`);
    expect(argv).toContain(`${launchInput.dir}/home/.gemini/policies`);
    expect(file({ tools: ['*'] }, 'policy.toml')).not.toContain('deny');
  });

  test('writes no word of a profile into the rules: one that is wrong would undo them all', () => {
    const tools = ['fs_read', '@not.a.name_'];
    expect(file({ tools }, 'policy.toml')).toBe(file({ tools: ['fs_read'] }, 'policy.toml'));
  });

  test('connects the servers that the tools name, and all of the user’s for `*`', () => {
    const servers = (tools: readonly string[]) => flag(plan({ tools }).argv, '--allowed-mcp-server-names');
    expect(servers(['fs_read', '@builtin', '@cao-mcp-server', '@jira'])).toBe('cao-mcp-server,jira');
    expect(servers(['fs_read'])).toBe('none');
    expect(plan({ tools: ['*'] }).argv).not.toContain('--allowed-mcp-server-names');
  });

  test('says httpUrl for the servers of a profile that speak HTTP', () => {
    const mcpServers = {
      a: { type: 'http', url: 'http://a' },
      b: { type: 'sse', url: 'http://b' },
      c: { command: 'c' },
      d: { command: 'not named' },
    };
    const change = { profile: { ...launchInput.profile, mcpServers }, tools: ['@a', '@b', '@c'] };
    expect(JSON.parse(file(change, 'gemini-extension.json')).mcpServers).toEqual({
      a: { httpUrl: 'http://a' },
      b: { url: 'http://b' },
      c: { command: 'c' },
    });
  });

  test.each([
    [{ yolo: true }, 'yolo'],
    [{ profile: { ...launchInput.profile, permissionMode: 'acceptEdits' as const } }, 'auto_edit'],
    [{ profile: { ...launchInput.profile, permissionMode: 'plan' as const } }, 'plan'],
  ])('asks in the way that is wanted: %o', (change, mode) => {
    expect(flag(plan(change).argv, '--approval-mode')).toBe(mode);
    expect(plan().argv).not.toContain('--approval-mode');
  });

  test('tells who is logged in', () => {
    const login = (env: Record<string, string>, files: Record<string, string> = {}) =>
      gemini.detect.login({ env, homeFile: (path) => files[path] ?? null });
    expect(login({})).toBe('logged_out');
    expect(login({ GEMINI_API_KEY: 'k' })).toBe('logged_in');
    expect(login({}, { '.gemini/oauth_creds.json': '{}' })).toBe('logged_in');
    expect(login({}, { '.gemini/.env': 'A=1\nGEMINI_API_KEY=k\n' })).toBe('logged_in');
    expect(login({}, { '.gemini/settings.json': '{"security":{"auth":{"selectedType":"vertex-ai"}}}' })).toBe(
      'unknown',
    );
  });
});
