/**
 * Named places where a test may stop or kill this process: before and after every commit, frame and paste.
 * Unarmed, `failpoint()` costs one Map lookup.
 *
 * A spec is `name=action@hit[,…]`; actions: `kill` (SIGKILL to self, nothing is flushed), `throw`, `hang`.
 * `@hit` counts from 1 and defaults to 1: `deliver.after-paste=kill@3` dies at the third paste.
 */
export type FailpointAction = 'kill' | 'throw' | 'hang';

const armed = new Map<string, { action: FailpointAction; hit: number; seen: number }>();

export function armFailpoints(spec: string): void {
  armed.clear();
  for (const part of spec.split(',').filter(Boolean)) {
    const match = /^([a-z0-9.-]+)=(kill|throw|hang)(?:@(\d+))?$/.exec(part.trim());
    if (!match) throw new Error(`failpoint "${part}" is not of the form name=kill|throw|hang[@hit]`);
    armed.set(match[1]!, { action: match[2] as FailpointAction, hit: Number(match[3] ?? 1), seen: 0 });
  }
}

export async function failpoint(name: string): Promise<void> {
  const point = armed.get(name);
  if (!point || ++point.seen !== point.hit) return;
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (point.action === 'throw') throw new Error(`failpoint ${name}`);
  // After SIGKILL nothing runs; `hang` waits for whoever kills us.
  await new Promise<never>(() => {});
}
