import { emptyVerdict, judge, type RecordLine, type Verdict } from '../support/stack/ledger-check.ts';
import type { Dump, MessageRow, TaskRow } from './ledger.ts';
import type { Delegation } from './traffic.ts';

/** What a run is judged by: the rows, what the programs wrote down, and what was asked for. */
export interface Evidence {
  readonly dump: Dump;
  /** By terminal. */
  readonly records: ReadonlyMap<string, readonly RecordLine[]>;
  /** Ids that the api gave to people for their messages. */
  readonly taken: ReadonlySet<string>;
  readonly delegations: readonly Delegation[];
}

/** Every list names what is wrong; all are to be empty. */
export interface Judgement extends Verdict {
  /** Handoffs and assigns that became tasks. */
  handoffs: number;
  assigns: number;
  wrongResults: string[];
  /** More than one worker was started for one call. */
  secondWorkers: string[];
  /** Terminals in which an earlier epoch went on while the next one ran. */
  twoPrograms: string[];
  /** Dead, and the sender, who lives, was not told. */
  untold: string[];
  /** Tasks without an outcome. */
  openTasks: string[];
}

export function judgeAll({ dump, records, taken, delegations }: Evidence): Judgement {
  const verdict = emptyVerdict();
  const inboxes = Map.groupBy(dump.messages, (row) => row.terminal_id);
  const closed = new Set(dump.terminals.flatMap(({ id, lifecycle }) => (lifecycle === 'closed' ? [id] : [])));
  for (const { id } of dump.terminals)
    judge(verdict, inboxes.get(id) ?? [], records.get(id) ?? [], closed.has(id));
  const known = new Set(dump.messages.map(({ id }) => id));
  for (const id of [...taken, ...sentByAgents(records)])
    if (!known.has(id)) verdict.lost.push(`${id}: its sender has its id, and the ledger does not`);

  const workers = workersOf(dump);
  const anew = new Set(dump.terminals.flatMap(({ id, epoch }) => (epoch > 1 ? [id] : [])));
  return {
    ...verdict,
    handoffs: dump.tasks.filter(({ kind }) => kind === 'handoff').length,
    assigns: dump.tasks.filter(({ kind }) => kind === 'assign').length,
    wrongResults: delegations.flatMap((delegation) =>
      wrongResult(delegation, workers.get(delegation.key) ?? [], { dump, records, closed }),
    ),
    secondWorkers: delegations.flatMap(({ key, named }) => {
      const started = workers.get(key) ?? [];
      // Begun anew under another epoch, its requester calls again: only an id says that it is the same call.
      if (started.length < 2 || (!named && started.some(({ requester_id }) => anew.has(requester_id!))))
        return [];
      return [`${key}: ${started.map(({ worker_id }) => worker_id).join(', ')}`];
    }),
    twoPrograms: [...records].flatMap(([id, lines]) => (takesTurns(lines) ? [id] : [])),
    untold: untold(dump, inboxes, closed),
    openTasks: dump.tasks.flatMap(({ id, state, worker_id }) =>
      state === 'running' ? [`${id}, worker ${worker_id}`] : [],
    ),
  };
}

/** Whether a program wrote after another one had begun. */
function takesTurns(lines: readonly RecordLine[]): boolean {
  const order = lines.flatMap(({ pid }, at) => (at === 0 || pid !== lines[at - 1]!.pid ? [pid] : []));
  return new Set(order).size < order.length;
}

/** Tasks by the first word of their prompt: the key of the call that made them. */
function workersOf({ tasks, messages }: Dump): Map<string, TaskRow[]> {
  const prompts = new Map(
    messages.flatMap((row) =>
      row.task_id !== null && row.kind !== 'system' ? [[row.task_id, row.text]] : [],
    ),
  );
  return Map.groupBy(tasks, ({ id }) => prompts.get(id)?.split(/\s/, 1)[0] ?? '');
}

interface Heard {
  readonly dump: Dump;
  readonly records: ReadonlyMap<string, readonly RecordLine[]>;
  readonly closed: ReadonlySet<string>;
}

/** A completed task has the worker's own words, and they reached the requester, who lives. */
function wrongResult({ kind, key, answer }: Delegation, tasks: readonly TaskRow[], heard: Heard): string[] {
  const said = [...heard.records.values()]
    .flat()
    .flatMap(({ did, text }) => (did === 'answer' && text?.startsWith(`${key} gave `) ? [text] : []));
  const wrong = said.filter(
    (text) => text.startsWith(`${key} gave answer `) && text !== `${key} gave ${answer}`,
  );
  for (const { state, output, requester_id } of tasks) {
    if (state !== 'completed' || requester_id === null) continue;
    if (kind === 'handoff' && output !== answer) wrong.push(`${key}: its task has ${output}`);
    const lines = heard.records.get(requester_id) ?? [];
    const arrived =
      lines.some(({ n, did, text }) => (n !== undefined || did === 'answer') && text?.includes(answer)) ||
      // Its pane dropped it, and that was told.
      heard.dump.messages.some(
        (row) => row.terminal_id === requester_id && row.state === 'dead' && row.text.includes(answer),
      );
    if (!arrived && !heard.closed.has(requester_id))
      wrong.push(`${key}: ${requester_id} never heard ${answer}`);
  }
  return wrong;
}

/** Ids of messages that agents were given by `send_message`. */
const sentByAgents = (records: Evidence['records']): string[] =>
  [...records.values()]
    .flat()
    .flatMap(({ did, text }) =>
      did === 'answer' ? (/^sent ([0-9a-f-]{36})$/.exec(text ?? '')?.[1] ?? []) : [],
    );

function untold(
  dump: Dump,
  inboxes: ReadonlyMap<string, readonly MessageRow[]>,
  closed: ReadonlySet<string>,
): string[] {
  const tasks = new Map(dump.tasks.map((task) => [task.id, task]));
  return dump.messages.flatMap((row) => {
    if (row.state !== 'dead' || row.kind === 'system') return [];
    const name = `${row.terminal_id}/${row.seq} (${row.reason})`;
    if (row.reason === null) return [`${name}: no reason`];
    // Who delegates is told by the task's outcome.
    if (row.task_id !== null) {
      const task = tasks.get(row.task_id)!;
      return task.state === 'completed' || task.state === 'running'
        ? [`${name}: its task is ${task.state}`]
        : [];
    }
    // People read the row and its event.
    if (row.kind !== 'send_message' || closed.has(row.sender)) return [];
    const told = (inboxes.get(row.sender) ?? []).some(
      ({ kind, text }) => kind === 'system' && text.includes(`terminal ${row.terminal_id} was not delivered`),
    );
    return told ? [] : [`${name}: ${row.sender} was not told`];
  });
}
