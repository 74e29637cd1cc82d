import type { AgentState, ApiRequest, Provider, Signal } from '@cao/providers';
import type { Logger } from '@cao/runtime';
import type { CliApiClient } from './cli-api.ts';
import { type LogTail, tailLog } from './log-tail.ts';
import { openCliApi } from './open-api.ts';
import type { TerminalRecord } from './record.ts';
import { tailLines } from './session-log.ts';

/** What a CLI says of its own accord: its session log and its API, followed for as long as the terminal lives. */
export interface Sources {
  /** Follows what is known now; called again when the log turns out to lie elsewhere. */
  follow(): void;
  /** Reads what is new in the log. */
  look(): void;
  /** @returns whether the CLI's API took it. */
  ask(request: ApiRequest): Promise<boolean>;
  /** The last answer that log or API have; null when neither does. */
  lastAnswer(agent: AgentState): Promise<string | null>;
  stop(): void;
}

export interface SourcesOf {
  readonly terminal: string;
  readonly provider: Provider;
  readonly log: Logger;
  record(): TerminalRecord;
  signal(signal: Signal): void;
  /** The log was read up to here. */
  readUpTo(offset: number): void;
}

export function openSources(of: SourcesOf): Sources {
  const { provider, log, terminal } = of;
  let tail: LogTail | undefined;
  let tailed: string | null = null;
  let api: CliApiClient | undefined;
  let stopped = false;

  const followLog = () => {
    const { logPath, logOffset } = of.record();
    if (!logPath || logPath === tailed) return;
    tail?.stop();
    tailed = logPath;
    tail = tailLog(logPath, logOffset, (lines, offset) => {
      for (const line of lines) of.signal({ source: 'log', line });
      of.readUpTo(offset);
    });
  };
  const followApi = () => {
    const at = of.record().api;
    if (api || !provider.api || !at) return;
    api = openCliApi(at, provider.api, log, (body) => of.signal({ source: 'api', body }));
  };
  const answerByApi = async (agent: AgentState): Promise<string | null> => {
    const asked = provider.api?.kind === 'http' ? provider.api.lastAnswer : null;
    const path = asked?.path(agent);
    if (!api || !asked || !path) return null;
    try {
      return asked.read(await api.send({ kind: 'http', method: 'GET', path }));
    } catch (error) {
      log.warn({ err: error, terminal }, 'the API of a CLI did not tell its last answer');
      return null;
    }
  };

  return {
    follow() {
      if (stopped) return;
      followLog();
      followApi();
    },
    look: () => tail?.look(),
    async ask(request) {
      try {
        if (!api) return false;
        await api.send(request);
        return true;
      } catch (error) {
        log.warn({ err: error, terminal }, 'the API of a CLI did not take what it was sent');
        return false;
      }
    },
    lastAnswer: async (agent) =>
      provider.log?.lastAnswer(tailLines(of.record().logPath)) ?? (await answerByApi(agent)),
    stop() {
      stopped = true;
      tail?.stop();
      api?.stop();
    },
  };
}
