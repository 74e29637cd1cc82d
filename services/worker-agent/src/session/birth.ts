import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CaoError, type LinkCommand, ownerOf } from '@cao/contracts';
import type { ConversationFiles, LaunchPlan, Provider } from '@cao/providers';
import { freePort, newSecret } from '@cao/runtime';
import type { PaneRef, TerminalServer } from '@cao/terminal';
import type { Detected } from '../host/detect.ts';
import type { Limiter } from '../host/limits.ts';
import type { Disk } from '../state/disk.ts';
import type { StateFiles } from '../state/files.ts';
import { writeJson } from '../state/json-file.ts';
import { secretValues } from '../transcript/secrets.ts';
import { placeConversation } from './checkpoint.ts';
import type { CliApiAt } from './cli-api.ts';
import { launchScript } from './launch-script.ts';
import { writeFile, writePlanFiles } from './plan-files.ts';
import { readRecord, recordFile, removeTerminalDir, type TerminalRecord, terminalDir } from './record.ts';
import { logSize } from './session-log.ts';

export interface StartContext {
  readonly tmux: TerminalServer;
  readonly disk: Disk;
  readonly files: StateFiles;
  readonly detected: Detected;
  /** The user's own environment: agents see what a person in a shell would. */
  readonly userEnv: Readonly<Record<string, string>>;
  /** Where a terminal without a working directory starts. */
  readonly defaultCwd: string;
  readonly loopbackUrl: string;
  readonly asRoot: boolean;
  readonly limiter: Limiter;
}

/** The pane's environment has the token under this name, and the CLI's configuration refers to it. */
const TOKEN_ENV = 'CAO_TERMINAL_TOKEN';
/** Stands for the token in a plan, which knows no secret. */
const TOKEN_MARK = '%CAO_TERMINAL_TOKEN%';

type Start = Extract<LinkCommand, { do: 'start' }>;

/**
 * Writes what the CLI needs and bears its pane. Idempotent: the token of an earlier try is kept, and a window of this
 * id and epoch is adopted.
 * @throws CaoError conflict when the working directory is not there; unavailable when the disk refuses what the CLI needs: then
 * no pane was born and nothing is left of it.
 */
export async function birthOf(
  context: StartContext,
  command: Start,
  /** Its worktree. */
  worktree: string | null,
  /** The folder of a conversation that came along from another host. */
  conversation: string | null,
): Promise<{ ref: PaneRef & { adopted: boolean }; record: TerminalRecord }> {
  const { disk, files, detected, loopbackUrl } = context;
  const wanted = worktree ?? command.cwd ?? context.defaultCwd;
  if (!existsSync(wanted) || !statSync(wanted).isDirectory())
    throw new CaoError('conflict', `working_directory: ${wanted} is no directory on this host`);
  // As its processes will see it: CLIs note under this path which folders they trust.
  const cwd = realpathSync(wanted);
  const dir = terminalDir(files.dir, command.terminal, command.epoch);
  const known = readRecord(files, command.terminal, command.epoch);
  const token = known?.token ?? newSecret('caop');
  const apiPort = known?.apiPort || (await freePort());
  if (command.resume && !detected.provider.resumes)
    throw new CaoError('conflict', `${detected.provider.title} cannot resume a conversation`);
  const keepDir = keepDirOf(files, detected.provider);
  const plan = detected.provider.launch({
    terminalId: command.terminal,
    sessionName: command.session,
    profile: command.profile,
    tools: command.tools,
    yolo: command.yolo,
    cwd,
    dir,
    nativeSessionId: command.native_session_id,
    resume: command.resume,
    keepDir,
    asRoot: context.asRoot,
    binaryPath: detected.binaryPath,
    apiPort,
    home: context.userEnv.HOME ?? '/',
    loopback: {
      mcpUrl: `${loopbackUrl}/mcp`,
      hookUrl: `${loopbackUrl}/hooks`,
      tokenEnv: TOKEN_ENV,
      tokenMark: TOKEN_MARK,
    },
  });
  const secret = (text: string) => text.replaceAll(TOKEN_MARK, token);
  let record: TerminalRecord = known ?? {
    id: command.terminal,
    epoch: command.epoch,
    session: command.session,
    provider: detected.provider.id,
    cwd,
    workspace: command.workspace && ownerOf(command.workspace.branch),
    ending: null,
    nativeSessionId: command.native_session_id,
    token,
    secrets: secretsOfProfile(command.profile),
    api: apiOf(plan, secret),
    apiPort,
    onlyAsked: plan.onlyAsked ?? [],
    outside: (plan.outsideLinks ?? []).map(({ path }) => path),
    logPath: plan.logPath ?? null,
    agent: null,
    logOffset: 0,
    resumed: command.resume,
    leased: command.leased,
    inFlight: null,
    provenSeq: 0,
    approval: null,
    answered: null,
  };
  const script = join(dir, 'launch.sh');
  const own = {
    CAO_TERMINAL_ID: command.terminal,
    CAO_SESSION_NAME: command.session,
    [TOKEN_ENV]: record.token,
  };
  const group = `${command.terminal}-${command.epoch}`;
  const launch = launchScript(plan, { ...context.userEnv, ...own }, context.limiter.enter(group));
  const writeRecord = () => writeJson(recordFile(files.dir, record.id, record.epoch), record);
  try {
    disk.insist(() => {
      mkdirSync(keepDir, { recursive: true, mode: 0o700 });
      const place = conversationOf(context, detected.provider, command.native_session_id, cwd);
      if (!known && conversation && place) placeConversation(conversation, place);
      writeRecord();
      writePlanFiles(plan, { dir, keepDir }, secret);
      // Through the links that were just made: what the log of a resumed conversation has is told already.
      if (!known && command.resume && plan.logPath) {
        record = { ...record, logOffset: logSize(plan.logPath) };
        writeRecord();
      }
      writeFile(script, secret(launch), true);
    });
  } catch (error) {
    context.limiter.leave(group);
    if (!known) removeTerminalDir(files, command.terminal, command.epoch);
    throw error;
  }
  const ref = await context.tmux.birth({
    session: command.session,
    id: command.terminal,
    epoch: command.epoch,
    cwd,
    argv: ['/bin/sh', script],
  });
  return { ref, record };
}

const keepDirOf = (files: StateFiles, { id }: Provider): string => join(files.dir, 'providers', id);

/** Where a CLI keeps a conversation on this host; null: where nobody could take it from. */
export function conversationOf(
  { files, userEnv: env }: Pick<StartContext, 'files' | 'userEnv'>,
  provider: Provider,
  nativeSessionId: string,
  cwd: string,
): ConversationFiles | null {
  if (!provider.conversation || !NATIVE_ID.test(nativeSessionId)) return null;
  const home = env.HOME ?? '/';
  return provider.conversation({ nativeSessionId, cwd, home, env, keepDir: keepDirOf(files, provider) });
}

/** It becomes a part of paths, and may have been told by another host. */
const NATIVE_ID = /^[\w-]{8,128}$/;

const secretsOfProfile = ({ mcpServers }: Start['profile']): string[] =>
  Object.values(mcpServers ?? {}).flatMap(({ env }) => secretValues(env ?? {}));

function apiOf({ api, server }: LaunchPlan, secret: (text: string) => string): CliApiAt | null {
  if (server) return { socket: server.socket };
  return api ? { url: api.url, authorization: basic(api.user, secret(api.password)) } : null;
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
