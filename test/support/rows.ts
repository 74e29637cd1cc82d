import type { NewTerminal } from '@cao/db';

/** Rows as tests put them into a database: what nobody looks at in them stands here. */

/** What a terminal is made of, beside its id and session. */
export const plainTerminal: Omit<NewTerminal, 'id' | 'sessionName'> = {
  agentProfile: 'developer',
  profileContent: '---\nname: developer\n---\n',
  provider: 'scripted',
  providers: ['scripted'],
  callerId: null,
  allowedTools: ['*'],
  toolCeiling: ['*'],
  yolo: false,
  wishCwd: null,
  wishHost: null,
  wishLabels: [],
  nativeSessionId: '00000000-0000-4000-8000-000000000000',
  resumes: null,
};

/** What a host without anything says as it dials. */
export const plainHello = {
  agentVersion: '1',
  os: 'linux',
  arch: 'x64',
  attach: '',
  instance: 'one',
  machineBoot: 'one',
  health: null,
  providers: [],
  warm: [],
  spool: { id: '00000000-0000-4000-8000-000000000001', last: 0 },
  panes: [],
};

/** A handoff, beside its session, requester and worker. */
export const plainTask = {
  id: 't00000000001',
  kind: 'handoff',
  agentProfile: 'developer',
  toolUseId: null,
  argsHash: 'h',
  timeoutSeconds: 60,
} as const;
