import type { ProviderId } from '@cao/contracts';
import { claudeCode } from './claude-code/index.ts';
import { codex } from './codex/index.ts';
import type { Provider } from './contract.ts';
import { copilot } from './copilot/index.ts';
import { gemini } from './gemini/index.ts';
import { kimi } from './kimi/index.ts';
import { kiro } from './kiro/index.ts';
import { opencode } from './opencode/index.ts';
import { q } from './q/index.ts';
import { scripted } from './scripted/index.ts';

/** Every CLI that CAO can run: a new one is a folder and a line here. */
export const providers = {
  claude_code: claudeCode,
  codex,
  gemini,
  copilot,
  opencode,
  kimi,
  kiro,
  q,
  scripted,
} satisfies Record<ProviderId, Provider>;
