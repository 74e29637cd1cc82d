import { FakeHost, fakeTerminal } from '@cao/terminal/testing';
import { describe } from 'vitest';
import { terminalConformance } from './conformance.ts';
import { tempDir } from './support/files.ts';

describe('the fake', () =>
  terminalConformance(() => {
    const dir = tempDir();
    const host = new FakeHost();
    return {
      dir: dir.path,
      open: () => fakeTerminal(host),
      copyMode: (pane, on) => host.copyMode(pane, on),
      inputOff: (pane, off) => host.inputOff(pane, off),
      killSession: (session) => host.killSession(session),
      dispose: async () => {
        await host.end();
        dir.remove();
      },
    };
  }));
