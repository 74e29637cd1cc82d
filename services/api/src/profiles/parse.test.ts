import { expect, test } from 'vitest';
import { parseProfile } from './parse.ts';

/** Every field that profile files of the single-machine tool have, each in its own form. */
const SINGLE_MACHINE = `---
name: data-analyst
description: Looks at numbers
provider: kiro_cli
engine: v2
role: developer
allowedTools: ["@builtin", "fs_*", "execute_bash", "@cao-mcp-server"]
skills: ["cao-*"]
capabilities: [store_lesson]
tags: [data]
mcpServers:
  cao-mcp-server:
    type: stdio
    command: cao-mcp-server
    args: []
    env: { A: b }
    timeout: 120000
model: some-model
permissionMode: acceptEdits
native_agent: false
codexProfile: fast
codexConfig: { model_reasoning_effort: high }
hermesProfile: default
claudeConfig: { effort: high, fallback_model: other }
grokNativeWorkflows: false
container: { path_maps: [{ host: /a, guest: /b }] }
provider_init_timeout: 90
prompt: an older field
tools: ["*"]
toolAliases: {}
toolsSettings: {}
resources: ["file://README.md"]
hooks: {}
useLegacyMcpJson: false
autoApproveTools: []
---

# ROLE

You look at numbers. --- is not the end of this.
`;

test('a profile file of the single-machine tool loads unmodified, all of its fields kept', () => {
  const profile = parseProfile(SINGLE_MACHINE);
  expect(profile).toMatchObject({
    name: 'data-analyst',
    provider: 'kiro_cli',
    role: 'developer',
    allowedTools: ['@builtin', 'fs_*', 'execute_bash', '@cao-mcp-server'],
    mcpServers: { 'cao-mcp-server': { command: 'cao-mcp-server', timeout: 120000 } },
    container: { path_maps: [{ host: '/a', guest: '/b' }] },
    provider_init_timeout: 90,
  });
  expect(profile.systemPrompt).toBe('# ROLE\n\nYou look at numbers. --- is not the end of this.');
});

test.each([
  ['no front matter at all', 'front matter between two lines of ---'],
  ['---\nname: ../x\n---\n', 'name'],
  ['---\nname: x\nallowedTools: all\n---\n', 'allowedTools'],
  ['---\nname: [x\n---\n', 'not usable YAML'],
])('%j is refused, and the refusal says what is wrong', (content, word) => {
  expect(() => parseProfile(content)).toThrow(word);
});
