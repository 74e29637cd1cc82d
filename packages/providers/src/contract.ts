import type { Failure, LoginState, Profile, ProviderId, Screen, TerminalStatus, Usage } from '@cao/contracts';

/**
 * One CLI, as data: profile and directories → launch plan; signals and screens → status.
 *
 * What a provider is not: it touches no terminal, file, clock, process or network, keeps no state of its own, and
 * knows no other provider. The worker-agent does all of that and hands it what it needs.
 */
export interface Provider {
  readonly id: ProviderId;
  /** For people; a provider that is no real model says so here. */
  readonly title: string;
  /** The program, looked up on the PATH of the host. */
  readonly binary: string;
  readonly detect: Detection;
  /**
   * Arguments of the program that make it set up what all its terminals share, and leave; for those that cannot do so while
   * several start side by side. Run before the first one starts.
   */
  readonly setUp?: readonly string[];
  launch(input: LaunchInput): LaunchPlan;

  /** The pure reducer over everything the CLI says about itself. */
  readonly initial: AgentState;
  next(state: AgentState, signal: Signal): Step;

  /** Fallback and cross-check; `evidence` is the deciding line, so that a wrong verdict becomes a fixture. */
  readScreen(screen: Screen): ScreenReading;
  readonly submit: Submit;
  readonly clearInput: { readonly keys: readonly string[] };
  /**
   * How long a tool call may stay silent before the CLI does something of its own about it (gives up, or goes on
   * without it). Calls are answered before, with `running` if need be. Units: ms.
   */
  readonly maxCallMs: number;
  /** The session log of the CLI: where it lies is told by a signal; lines become signals of source `log`. */
  readonly log: SessionLog | null;
  /** The API that the CLI serves on loopback, for those that have one; a launch plan says where. */
  readonly api?: CliApi;
  /** Status after the worker-agent was away and signals were lost. */
  reconcile(input: { readonly screen: Screen; readonly logTail: readonly string[] }): AgentState;
  /** Keys that interrupt a running turn. */
  readonly interrupt: { readonly keys: readonly string[] };
  /** How an open approval is decided: the answer to the hook that waits for it, or keys into its dialog. */
  answer(decision: 'allow' | 'deny', approval: Approval): ApprovalAnswer;
  /** Of a turn that ended in an error, or of a start that did: which kind of trouble it is. `error` is the CLI's own word. */
  failure(error: string): Failure;
  /** Whether a conversation that ended can go on in a new terminal on the same host. */
  readonly resumes: boolean;
  /** Where its files lie, for those that can be taken to another host and go on there. */
  conversation?(at: ConversationPlace): ConversationFiles;
  /** Typed as a prompt to make the CLI leave by itself; null: it is ended by a signal. */
  readonly quit: { readonly text: string } | null;
}

/** Of one conversation on one host. */
export interface ConversationPlace {
  readonly nativeSessionId: string;
  readonly cwd: string;
  /** The user's home directory and environment. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** As in `LaunchInput`. */
  readonly keepDir: string;
}

/** All files below `root` whose path from there has `holds` in it. On another host they lie in the same way below its root. */
export interface ConversationFiles {
  readonly root: string;
  readonly holds: string;
}

/** How a host finds out what it has, without starting a conversation or spending anything. */
export interface Detection {
  /** `argv` prints the version; `parse` reads it, null when the output is something else. */
  readonly argv: readonly string[];
  parse(output: string): string | null;
  /**
   * Whether somebody is logged in, read off the environment and files below the home directory; `unknown` where only a
   * request to the service would tell.
   */
  login(seen: {
    readonly env: Readonly<Record<string, string>>;
    /** Content of a file below the home directory, null when it is not there or cannot be read. */
    readonly homeFile: (path: string) => string | null;
  }): LoginState;
}

/** A permission prompt of the CLI that waits for an answer. */
export interface Approval {
  readonly tool: string;
  readonly input: unknown;
  /** The CLI's own id of the prompt, for those that answer by their API. */
  readonly nativeId?: string;
  /**
   * The worker-agent answers at once, by this key or by those of `answer`: a tool of ours, which the CLI cannot be told
   * beforehand to allow (it is `processing`), or a question of a start.
   */
  readonly granted?: true | string;
}

/** With nothing in it (a null reply, no request, no keys) only a person at the terminal can decide so. */
export interface ApprovalAnswer {
  /**
   * Body for the hook that announced the approval, if its answer is still awaited; null when hooks cannot answer.
   * Preferred before keys: it cannot hit anything else.
   */
  readonly reply: unknown;
  /** What decides this very prompt through the CLI's API. Preferred before all else. */
  readonly request?: ApiRequest;
  /** Keys that act at once in the dialog; only while it is seen, and again if it stays: a new one may drop the first. */
  readonly keys: readonly string[];
}

export interface LaunchInput {
  readonly terminalId: string;
  readonly sessionName: string;
  readonly profile: Profile;
  /** Words of `allowedTools` after narrowing by the parent. */
  readonly tools: readonly string[];
  readonly yolo: boolean;
  readonly cwd: string;
  /** Private folder of this terminal on the host (0700); plan files lie in it. */
  readonly dir: string;
  /** Chosen by us, so that log and resume are known from birth; of a resumed conversation, the CLI's own. */
  readonly nativeSessionId: string;
  /** The conversation of that id goes on; only asked of providers that can. */
  readonly resume: boolean;
  /** Folder of this CLI on this host (0700) that outlives its terminals: what a conversation needs to be resumed lies here. */
  readonly keepDir: string;
  readonly asRoot: boolean;
  /** Absolute path of the program that was detected. */
  readonly binaryPath: string;
  /** A free port of loopback, for CLIs that serve an API; the same at every try to start this terminal. */
  readonly apiPort: number;
  /** The user's home directory: where the CLI keeps its own login and settings, which are never written. */
  readonly home: string;
  /**
   * Loopback of the worker-agent. The token is in the pane's environment as `tokenEnv`; `tokenMark` stands for it in
   * files and environment of the plan, for CLIs that do not read it from there. It must not be in an argv.
   */
  readonly loopback: {
    readonly mcpUrl: string;
    readonly hookUrl: string;
    readonly tokenEnv: string;
    readonly tokenMark: string;
  };
}

export interface LaunchPlan {
  /** argv[0] is an absolute path. No secret may be in it. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly unsetEnv: readonly string[];
  /** Written with mode 0600 (0700 when `executable`) below `dir`; paths relative to it. */
  readonly files: readonly {
    readonly path: string;
    readonly content: string;
    readonly executable?: boolean;
  }[];
  /**
   * Links in `dir` to things of the user's that the CLI must find there (its login), and to folders of `keepDir`; `path` is
   * relative to `dir`. One whose target is there takes the place of a file of the same path.
   */
  readonly links?: readonly { readonly path: string; readonly target: string }[];
  /**
   * Copies of the user's files (JSON, TOML by their name) with keys of ours in them, for CLIs that keep what has to be said
   * before a start in one file with the user's own. What is in them never passes through the plan.
   */
  readonly copies?: readonly {
    readonly path: string;
    readonly source: string;
    /** Ours, in place of theirs; objects are mixed key by key. */
    readonly add: Readonly<Record<string, unknown>>;
    /** What counts where they have said nothing. */
    readonly defaults?: Readonly<Record<string, unknown>>;
    /** Keys of theirs that are left out. */
    readonly without?: readonly string[];
  }[];
  /**
   * Links in a folder of the user's to files of the plan, for CLIs that look nowhere else: `path` is absolute and has the
   * terminal's id in it, `target` is relative to `dir`. They go when the terminal closes.
   */
  readonly outsideLinks?: readonly { readonly path: string; readonly target: string }[];
  /** Where the session log will lie, when that is known at birth; otherwise a signal tells. */
  readonly logPath?: string;
  /** Where its API will listen, and who may ask it (HTTP basic). */
  readonly api?: { readonly url: string; readonly user: string; readonly password: string };
  /**
   * A program of the CLI that serves its API on a socket beside its terminal, and ends with it as it ends with this one.
   * Where it does not come up (another version), `argv` runs by itself.
   */
  readonly server?: {
    readonly argv: readonly string[];
    /** The socket that it makes when it listens: absolute. */
    readonly socket: string;
    /** Runs in the pane in place of `argv`, attached to it. */
    readonly attached: readonly string[];
  };
  /** Limits that this CLI cannot enforce and is only asked to keep, in words: told to whoever launched it. */
  readonly onlyAsked?: readonly string[];
}

/** The API that a CLI serves on this machine, for its own terminal alone. */
export type CliApi = CliHttpApi | CliSocketApi;

export interface CliHttpApi {
  readonly kind: 'http';
  /** GET, server-sent events: each is a signal of source `api` with its JSON as body. */
  readonly events: string;
  /** GET at every connection, before events are heard: what was missed. Each is a signal `{ path, body }` of source `api`. */
  readonly snapshot: readonly string[];
  /** Where the last answer of the conversation is read when a turn ended without one, and how. */
  readonly lastAnswer: {
    path(state: AgentState): string | null;
    read(body: unknown): string | null;
  };
}

/**
 * JSON-RPC over a WebSocket on a socket of the file system. Each message of the CLI is a signal of source `api` as it stands;
 * an answer has, in place of the number of what was asked, its `method`.
 */
export interface CliSocketApi {
  readonly kind: 'socket';
  /** Sent at every connection, before all else. */
  readonly hello: readonly RpcMessage[];
}

export type RpcMessage =
  /** Is answered. */
  | { readonly method: string; readonly params: Readonly<Record<string, unknown>> }
  | { readonly method: string }
  /** Answers what the CLI has asked. */
  | { readonly id: unknown; readonly result: unknown };
/** What the API of a CLI is asked or told: by its kind. */
export type ApiRequest =
  | { readonly kind: 'http'; readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown }
  | { readonly kind: 'socket'; readonly message: RpcMessage };

/**
 * `hook`: a POST to the loopback. `log`: a new line of the session log. `api`: an event of the CLI's own API. `screen`: the
 * pane settled after output.
 */
export type Signal =
  | { readonly source: 'hook'; readonly name: string; readonly body: Readonly<Record<string, unknown>> }
  | { readonly source: 'log'; readonly line: string }
  | { readonly source: 'api'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly source: 'screen'; readonly reading: ScreenReading };

export interface AgentState {
  readonly status: TerminalStatus;
  /** Which source decided, and its deciding word. */
  readonly source: 'none' | 'hook' | 'log' | 'api' | 'screen';
  readonly evidence: string;
  /** The CLI has said that it is up and takes input. Text before that is lost. */
  readonly ready: boolean;
  /** An approval is on the screen. Nothing may be typed. */
  readonly approval: Approval | null;
  /** A signal has told that its input box is what comes next: the screen is looked at at once, and believed when it shows it. */
  readonly boxComes?: boolean;
  /**
   * Its model fails, and it asks again and again: in words that tell why. The turn is not over, and may never be. Null or
   * left out: not so, as far as the CLI tells.
   */
  readonly retries?: string | null;
  /** What the reducer has to remember beyond this (turns it has counted); opaque to everyone else. */
  readonly memo?: Readonly<Record<string, string | number | boolean>>;
}

export interface Step {
  readonly state: AgentState;
  readonly effects: readonly Effect[];
  /** The body to answer a hook with; absent: `{}`. */
  readonly reply?: unknown;
  /** The answer to this hook may decide the approval that is open: it is held until somebody does. */
  readonly holds?: boolean;
}

/** The error of a turn that somebody stopped: nothing went wrong. */
export const INTERRUPTED = 'interrupted';

export type Effect =
  /** The CLI took a prompt: proof for the message whose text this is. */
  | { readonly kind: 'accepted'; readonly prompt: string }
  /** A turn ended. `background`: work goes on and another turn will follow by itself. `answer`: raw Markdown. */
  | {
      readonly kind: 'turn_ended';
      readonly answer: string | null;
      readonly background: boolean;
      readonly error: string | null;
    }
  /** Where the session log lies, and the CLI's own id of the conversation. */
  | { readonly kind: 'session'; readonly nativeId: string; readonly logPath: string | null }
  /** What the conversation has used since it began, as far as the CLI tells: told again, it replaces what was told. */
  | { readonly kind: 'usage'; readonly usage: Usage }
  /** Sent to the CLI's API. */
  | { readonly kind: 'request'; readonly message: RpcMessage };

export interface ScreenReading {
  readonly status: TerminalStatus;
  /** `ours` cannot be told by looks alone: the caller compares `inputText` with what it pasted. */
  readonly input: 'empty' | 'text' | 'none';
  /** Text in the input box as far as it is visible; a collapsed paste (`[Pasted text #4 +187 lines]`) as shown. */
  readonly inputText: string;
  readonly evidence: string;
  /** As in `AgentState`, while it works; left out where screens do not tell. */
  readonly retries?: string | null;
  /** The last answer as far as it is to be seen, for CLIs that tell it nowhere else. */
  readonly answer?: string | null;
}

export interface Submit {
  /** Wait after `ready` before the first paste: a CLI that shows its box may still drop keys. Units: ms. */
  readonly afterReadyMs: number;
  /** The CLI lists our MCP tools at its start, in the background: a prompt before that finds none of them. */
  readonly afterTools: boolean;
  /** Quiet time of the pane after a paste before the CR. Units: ms. */
  readonly settleMs: number;
  /** How long the proof may take before the screen is asked and a second CR considered. Units: ms. */
  readonly proofMs: number;
  /** CRs in all, the first included. */
  readonly maxCarriageReturns: number;
  /** What must change so that the text is taken as a prompt (`/x` and `!x` are commands). Idempotent. */
  escape(text: string): string;
  /** Whether text seen in the input box is (the visible part of) what was pasted. */
  isOurs(inputText: string, pasted: string): boolean;
  /** Whether a prompt that the CLI says it took is this text, after the CLI's own changes (tabs, trimming). */
  isSamePrompt(prompt: string, pasted: string): boolean;
}

export interface SessionLog {
  /** Prompts that the log says were taken, oldest first. */
  prompts(lines: readonly string[]): readonly string[];
  /** The last answer of the last turn that ended, null when none or still running. */
  lastAnswer(lines: readonly string[]): string | null;
}
