import { api, type DoctorFinding, diskTable, type HostView, sayMode, sayUnwritten } from '@cao/contracts';
import { listHosts, schedulerSilence, stuckThings } from '@cao/db';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { route } from './route.ts';
import { whyOf } from './why.ts';

/** Schedulers look every 5 s. Units: seconds. */
const SCHEDULER_SILENT_S = 20;

/** What is stuck, each with why and what to do: read from the rows, nothing is changed. */
export function doctorRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;
  route(app, deps, api.system.doctor, async () => {
    const [stuck, hosts, silence] = await Promise.all([stuckThings(db), listHosts(db), schedulerSilence(db)]);
    const findings: DoctorFinding[] = [
      ...ofServices(silence),
      ...(await ofQueue(deps)),
      ...hosts.flatMap(ofHost),
    ];
    for (const { kind, id, what, since } of stuck) {
      const why = await whyOf(deps, id);
      findings.push({
        kind,
        id,
        what,
        since: since.toISOString(),
        lines: why?.lines ?? [],
        next: why?.next ?? 'It has moved meanwhile; look again.',
      });
    }
    return { findings };
  });
}

function ofServices(silence: number | null): DoctorFinding[] {
  if (silence !== null && silence < SCHEDULER_SILENT_S) return [];
  const lines = [
    silence === null
      ? 'None has ever looked at this database.'
      : `The last one looked ${Math.round(silence)} s ago; one looks every 5 s.`,
  ];
  const next = 'Start a scheduler; `cao up` does. Until then nothing is placed and nothing overdue is ended.';
  return [{ kind: 'service', id: 'scheduler', what: 'no scheduler runs', since: null, lines, next }];
}

async function ofQueue({ queues }: Deps): Promise<DoctorFinding[]> {
  try {
    await queues.ping();
    const found = (await queues.inspect()).filter(({ severity }) => severity !== 'unknown');
    const about = { kind: 'service', id: 'queue', since: null } as const;
    return found.map(({ what, why, next }) => ({ ...about, what: `of Redis: ${what}`, lines: [why], next }));
  } catch (error) {
    const lines = [(error as Error).message, 'Rows are written meanwhile, and acted on when it is back.'];
    const next = 'Start Redis, or see its log.';
    return [{ kind: 'service', id: 'queue', what: 'the queue does not answer', since: null, lines, next }];
  }
}

function ofHost(host: HostView): DoctorFinding[] {
  const about = { kind: 'host' as const, id: host.name };
  const found: DoctorFinding[] = [];
  if (host.state !== 'online' && host.terminals > 0)
    found.push({
      ...about,
      what: `is ${host.state} with ${host.terminals} open terminals`,
      since: host.lost_at,
      lines: ['Its agents work on as long as their machine runs; nothing of theirs is lost meanwhile.'],
      next: `Start its worker-agent, or give it up: cao host remove ${host.name} --force`,
    });
  if (host.state === 'online' && host.mode === 'draining' && host.terminals > 0)
    found.push({
      ...about,
      what: `is ${sayMode(host)}, and ${host.terminals} terminals are left`,
      since: null,
      lines: [`All leave by ${host.mode_until}.`],
      next: `See them: cao host show ${host.name}`,
    });
  // Until another version runs there, however it came.
  if (host.upgrade?.state === 'failed' && host.upgrade.from === host.agent_version)
    found.push({
      ...about,
      what: `could not upgrade its worker-agent from ${host.upgrade.from}`,
      since: host.upgrade.at,
      lines: [host.upgrade.note],
      next: `Mend that on the machine, then: cao host upgrade ${host.name}`,
    });
  if (host.health?.disk) {
    const { disk } = host.health;
    found.push({
      ...about,
      what: diskTable[disk.condition].title,
      since: disk.since,
      lines: [
        'Its agents work on and their results are told; no message is handed to them and nothing is started there meanwhile.',
        sayUnwritten(disk),
      ],
      next: diskTable[disk.condition].next,
    });
  }
  if (host.duplicate_at)
    found.push({
      ...about,
      what: 'has a double: another machine said that it is this host',
      since: host.duplicate_at,
      lines: ['A clone of the machine, or a copy of its state folder. The one that is linked stays.'],
      next: 'On the other machine remove the state folder of its worker-agent and join it anew.',
    });
  return found;
}
