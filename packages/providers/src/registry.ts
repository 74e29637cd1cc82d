import type { ProviderId } from '@cao/contracts';
import { claudeCode } from './claude-code/index.ts';
import { codex } from './codex/index.ts';
import type { Provider } from './contract.ts';
import { copilot } from './copilot/index.ts';
import { gemini } from './gemini/index.ts';
import { kimi } from './kimi/index.ts';
import { scripted } from './scripted/index.ts';

/** Every CLI that CAO can run: a new one is a folder and a line here. */
export const providers = {
  claude_code: claudeCode,
  codex,
  gemini,
  copilot,
  kimi,
  kiro,
  q,
  opencode,
  scripted,
} satisfies Partial<Record<ProviderId, Provider>>;
