/** For tests of whatever uses terminals. */
export { FakeHost } from './fake-host.ts';
export { fakeTerminal } from './fake-terminal.ts';
