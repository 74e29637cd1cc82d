import type { HostView } from '@cao/contracts';

type ProviderView = HostView['providers'][number];

/** A CLI of a host, fit for work unless it is said otherwise. */
export const providerView = (over: Partial<ProviderView> & Pick<ProviderView, 'id'>): ProviderView => ({
  title: over.id,
  version: '1.0.0',
  resumes: false,
  login: 'logged_in',
  limit: null,
  ...over,
});

/** A host as the api shows it: online, open, with room. */
export const hostView = (over: Partial<HostView> = {}): HostView => ({
  id: 'beefbeef',
  name: 'laptop',
  state: 'online',
  mode: 'open',
  mode_note: null,
  mode_until: null,
  drain: null,
  labels: [],
  capacity: 20,
  terminals: 0,
  link_epoch: 1,
  agent_version: '0.1.0',
  os: 'linux',
  arch: 'x64',
  providers: [],
  health: null,
  warm: [],
  attach: 'tmux -L cao attach -r -t {session}',
  connected_at: null,
  lost_at: null,
  duplicate_at: null,
  upgrade: null,
  created_at: '2026-01-02T03:04:05.000Z',
  ...over,
});
