import { describe } from 'vitest';
import { terminalConformance } from './conformance.ts';
import { tmuxHarness } from './support/tmux-harness.ts';

describe('tmux', () => terminalConformance(() => tmuxHarness()));
