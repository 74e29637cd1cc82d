import { findOnPath } from './path-search.mjs';

/**
 * How each package manager is asked, and what it calls the programs. `lists` is where one keeps what it knows of the
 * mirror; without it an installation cannot work before an update.
 */
const managers = [
  {
    name: 'apt-get',
    needsRoot: true,
    install: ['install', '-y', '--no-install-recommends'],
    update: ['update'],
    lists: { folder: '/var/lib/apt/lists', file: /_Packages(\.\w+)?$/ },
    packages: {
      tmux: 'tmux',
      git: 'git',
      'redis-server': 'redis-server',
      chromium: 'chromium',
      ip: 'iproute2',
      faketime: 'faketime',
    },
  },
  {
    name: 'dnf',
    needsRoot: true,
    install: ['install', '-y'],
    packages: {
      tmux: 'tmux',
      git: 'git',
      'redis-server': 'redis',
      chromium: 'chromium',
      ip: 'iproute',
      faketime: 'libfaketime',
    },
  },
  {
    name: 'apk',
    needsRoot: true,
    install: ['add'],
    update: ['update'],
    packages: {
      tmux: 'tmux',
      git: 'git',
      'redis-server': 'redis',
      chromium: 'chromium',
      ip: 'iproute2',
      faketime: 'libfaketime',
    },
  },
  {
    name: 'brew',
    needsRoot: false, // and refuses to run as root
    install: ['install'],
    packages: { tmux: 'tmux', git: 'git', 'redis-server': 'redis', chromium: 'chromium' },
  },
];

export const findManager = () => managers.find(({ name }) => findOnPath(name));
