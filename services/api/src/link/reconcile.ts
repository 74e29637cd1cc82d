import type { PaneReport } from '@cao/contracts';
import {
  catchUpStatuses,
  closeTerminal,
  closeUnseenApproval,
  commitPasted,
  fenceLink,
  findHost,
  findTerminal,
  goOnAfterLoss,
  lockTerminal,
  markLive,
  type OnHost,
  requestClose,
  restarts,
  type StatusFound,
  type TerminalOnHost,
} from '@cao/db';
import type { Slots } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { answerApproval } from './answer.ts';
import { takeCheckpoint } from './checkpoint.ts';
import { endTerminal } from './close.ts';
import { conversationOn } from './conversation.ts';
import { DEADLINE_MS } from './deadlines.ts';
import type { Link } from './link.ts';
import { deliverMail } from './mail.ts';
import { startTerminal } from './start.ts';

/** What a host said of itself in its hello. */
export interface Snapshot {
  readonly panes: readonly PaneReport[];
  /** The machine was started anew since the last hello: panes that are missing went with it. */
  readonly rebooted: boolean;
}

export interface Occasion {
  /** Of a hello; without it the host is asked what it has. */
  readonly snapshot?: Snapshot;
  /** Where many hosts are gone through on this occasion: only a few are looked at at a time. */
  readonly slots?: Slots;
}

/**
 * Makes rows and panes of one host agree; the only repair there is. Run at every hello with its snapshot, and in rounds
 * with a fresh one. It calls the handlers itself: a dead replica's active bell would hold a rung one back. A round leaves out the
 * terminals that somebody sees to at this moment, as a message on its way is no difference: the next one comes back to them.
 */
export async function reconcile(deps: Deps, link: Link, { snapshot, slots }: Occasion = {}): Promise<void> {
  const look = () => compare(deps, link, snapshot);
  const { rows, moves, panes, differing, missing } = await (slots ? slots.run(look) : look());
  const foundBy = snapshot ? 'hello' : 'report';
  const known = new Set(rows.map((row) => `${row.id}/${row.epoch}`));
  const isOurs = ({ id }: TerminalOnHost) => snapshot !== undefined || link.locks.isFree(id);

  for (const { row, pane } of differing)
    if (isOurs(row)) await link.locks.run(row.id, () => settle(deps, link, row, pane, foundBy));
  for (const pane of panes)
    if (!known.has(`${pane.terminal}/${pane.epoch}`) && (await isStray(deps, link, pane)))
      await stopStray(link, pane);
  await Promise.all(
    rows
      .filter((row) => (row.closing || row.lifecycle === 'placing' || row.isDue) && isOurs(row))
      .map((row) => resume(deps, link, row)),
  );
  for (const id of moves) await finish(deps, link, id, takeCheckpoint);
  // A host that came (back) may have room.
  if (snapshot) await deps.tellRoom();
  // How a pane ended is told by its host, if that saw it; its absence alone says less.
  await link.told;
  // Some may be born since the hello.
  const gone = snapshot && missing.length > 0 ? await withoutPane(link, missing) : missing;
  for (const row of gone)
    await link.locks.run(row.id, () => endMissing(deps, link, row, snapshot?.rebooted === true));
}

interface Compared extends OnHost {
  readonly panes: readonly PaneReport[];
  /** What `settle` is to bring up to its pane. */
  readonly differing: readonly { readonly row: TerminalOnHost; readonly pane: PaneReport }[];
  /** Rows without a pane. */
  readonly missing: readonly TerminalOnHost[];
}

/** Those of them that the host, asked now, has no pane of. */
async function withoutPane(link: Link, rows: readonly TerminalOnHost[]): Promise<readonly TerminalOnHost[]> {
  const { panes } = await link.command({ do: 'report' }, DEADLINE_MS.report);
  const there = new Set(panes.map((pane) => `${pane.terminal}/${pane.epoch}`));
  return rows.filter((row) => !there.has(`${row.id}/${row.epoch}`));
}

/**
 * Rows beside panes. Where the status alone differs it is written already; of a hello that came with the claim of its link, unless
 * somebody had that terminal.
 */
async function compare(deps: Deps, link: Link, snapshot?: Snapshot): Promise<Compared> {
  // Read before the panes are listed: a terminal that is born in between is then missing from the rows, not from the panes. A hello
  // was listed before, and long before where many hosts come back: what it does not have, or has otherwise, may be newer.
  const { rows, moves } = await deps.shared.lookAtHost(link.hostId);
  const panes = snapshot?.panes ?? (await link.command({ do: 'report' }, DEADLINE_MS.report)).panes;
  const byTerminal = new Map(panes.map((pane) => [`${pane.terminal}/${pane.epoch}`, pane]));
  const differing: { row: TerminalOnHost; pane: PaneReport }[] = [];
  const changed: typeof differing = [];
  const missing: TerminalOnHost[] = [];
  for (const row of rows) {
    const pane = byTerminal.get(`${row.id}/${row.epoch}`);
    if (!pane) {
      if (row.lifecycle !== 'placing') missing.push(row);
      continue;
    }
    // What the spool still has to tell of prompts tells more than their absence.
    const told = snapshot ? { ...pane, approval: undefined } : pane;
    if (!agree(row, told)) differing.push({ row, pane: told });
    else if (pane.status !== row.status) changed.push({ row, pane: told });
  }
  const isDone =
    changed.length === 0 ||
    (await catchUp(deps, link, changed, snapshot ? 'hello' : 'report')) === changed.length;
  return { rows, moves, panes, missing, differing: isDone ? differing : [...differing, ...changed] };
}

/** Whether `settle` would write no more than the status. */
function agree(row: TerminalOnHost, pane: PaneReport): boolean {
  if (row.lifecycle === 'placing' || pane.seq > row.pastedSeq) return false;
  return row.asks === null || pane.approval === undefined || pane.approval === row.asks;
}

const found = (row: TerminalOnHost, { status, source, evidence }: PaneReport): StatusFound => ({
  id: row.id,
  epoch: row.epoch,
  from: row.status,
  status,
  source,
  evidence,
});

function catchUp(
  deps: Deps,
  link: Link,
  changed: Compared['differing'],
  foundBy: 'hello' | 'report',
): Promise<number> {
  return commit(deps, async ({ tx }) => {
    await fenceLink(tx, link.hostId, link.epoch);
    return catchUpStatuses(
      tx,
      changed.map(({ row, pane }) => found(row, pane)),
      foundBy,
    );
  });
}

/** Brings the row up to what the pane says. */
async function settle(
  deps: Deps,
  link: Link,
  row: TerminalOnHost,
  pane: PaneReport,
  foundBy: 'hello' | 'report',
): Promise<void> {
  await commit(deps, async (ledger) => {
    const { tx } = ledger;
    await fenceLink(tx, link.hostId, link.epoch);
    if (row.lifecycle === 'placing' && pane.token_hash)
      await markLive(ledger, { id: row.id, epoch: row.epoch, tokenHash: pane.token_hash, cwd: pane.cwd });
    if (pane.seq > row.pastedSeq)
      await commitPasted(tx, link, { id: row.id, epoch: row.epoch, session: row.sessionName }, pane.seq);
    // Under its lock nobody else has it, and it is not passed over.
    await lockTerminal(tx, row.id);
    await catchUpStatuses(tx, [found(row, pane)], foundBy);
    if (pane.approval !== undefined) await closeUnseenApproval(tx, row, pane.approval);
  });
}

/** Its pane went and nobody said how. */
async function endMissing(deps: Deps, link: Link, seen: TerminalOnHost, rebooted: boolean): Promise<void> {
  await commit(deps, async (ledger) => {
    const { tx } = ledger;
    await fenceLink(tx, link.hostId, link.epoch);
    const row = await lockTerminal(tx, seen.id);
    // Its end was told meanwhile, or it goes on elsewhere.
    if (row?.hostId !== link.hostId || row.epoch !== seen.epoch || row.lifecycle === 'closed') return;
    // Its worktree may still be there: the host deals with it and tells the end.
    const stays = !rebooted || (row.workspace && !(await restarts(tx, row.sessionName)));
    const reason = rebooted ? 'its host was started anew' : 'its pane is gone';
    if (stays && row.workspace) return requestClose(ledger, row.id, reason);
    if (stays) return closeTerminal(ledger, row, row.closing ?? reason);
    const host = await findHost(tx, link.hostId);
    return goOnAfterLoss(ledger, row, reason, conversationOn(host, row));
  });
}

/** Asked anew: a terminal that was placed here after the rows were read is none. */
async function isStray(deps: Deps, link: Link, pane: PaneReport): Promise<boolean> {
  const row = await findTerminal(deps.database.db, pane.terminal);
  return row?.hostId !== link.hostId || row.epoch !== pane.epoch || row.lifecycle === 'closed';
}

/** A pane without a row, or of an old epoch: its owner is somebody else or nobody. */
async function stopStray(link: Link, pane: PaneReport): Promise<void> {
  await link.command(
    { do: 'close', terminal: pane.terminal, epoch: pane.epoch, reason: 'no row has this epoch' },
    DEADLINE_MS.close,
  );
}

/** What a lost bell may have asked for: an answer goes before the mail that waits for it. */
async function answerAndDeliver(deps: Deps, link: Link, id: string): Promise<void> {
  await answerApproval(deps, link, id);
  await deliverMail(deps, link, id);
}

function resume(deps: Deps, link: Link, row: TerminalOnHost): Promise<void> {
  const handler = row.closing ? endTerminal : row.lifecycle === 'placing' ? startTerminal : answerAndDeliver;
  return finish(deps, link, row.id, handler);
}

async function finish(
  deps: Deps,
  link: Link,
  id: string,
  handler: (deps: Deps, link: Link, id: string) => Promise<void>,
): Promise<void> {
  try {
    await link.locks.run(id, () => handler(deps, link, id));
  } catch (error) {
    if (link.ended) throw error;
    // One stuck terminal may not keep the others of its host from being mended; the next round comes back to it.
    deps.log.warn({ err: error, terminal: id, step: handler.name }, 'reconcile could not finish a terminal');
  }
}
