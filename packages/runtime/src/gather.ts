/** Of one thing among several: it cannot be done in company, and is done alone. */
export const ALONE = Symbol('alone');

/** A go that takes longer waits for somebody, who may be away for long: it holds up nobody any more. Units: ms. */
const SLOW_MS = 250;

/** What one go may come to, unless a single thing is more. Units: characters. */
const MOST_SIZE = 1024 * 1024;

interface GatherOptions<Thing> {
  /** Things that are done in one go. */
  readonly most: number;
  /** Where they are not all small. Units: characters. */
  readonly sizeOf?: (thing: Thing) => number;
  /** Goes that are under way at a time; who asks meanwhile shares the next one. */
  readonly atOnce: number;
  /** Whether nothing has happened of what failed with this error, so that each may be tried alone. */
  readonly isUndone: (error: unknown) => boolean;
  /** What was `ALONE` may pass, such as a lock: so often it is tried in company again, before it is done alone. Default: 0 */
  readonly retries?: number;
}

/**
 * Does in one go what several ask for at about the same time, as one statement about many rows costs little more than one about a
 * single row. While there is a free go nobody waits for company.
 * @param work has an outcome for each thing, in their order; an Error is what that one is refused with. It is called with a single
 * one for what came alone, for each one of a go that failed, and for what stays `ALONE`: then it may not say so again.
 */
export function gather<Thing, Outcome>(
  work: (things: readonly Thing[]) => Promise<readonly (Outcome | Error | typeof ALONE)[]>,
  { most, atOnce, isUndone, sizeOf = () => 0, retries = 0 }: GatherOptions<Thing>,
): (thing: Thing) => Promise<Outcome> {
  interface Asked extends PromiseWithResolvers<Outcome> {
    readonly thing: Thing;
    /** How often it may still be left out of company. */
    retries: number;
  }
  const waiting: Asked[] = [];
  let under = 0;

  const settle = (asked: Asked, outcome: Outcome | Error) => {
    if (outcome instanceof Error) asked.reject(outcome);
    else asked.resolve(outcome);
  };
  /** What is tried again comes before what was asked later. */
  const leaveOut = (left: readonly Asked[]) => {
    const hasCompany = left.length + waiting.length > 1;
    const [again, alone] = [[] as Asked[], [] as Asked[]];
    for (const asked of left) (hasCompany && asked.retries-- > 0 ? again : alone).push(asked);
    waiting.unshift(...again);
    for (const asked of alone) void go([asked]);
    goOn();
  };
  /** Never rejects. */
  const go = async (together: readonly Asked[]): Promise<void> => {
    const inCompany = together.length > 1;
    try {
      const outcomes = await work(together.map(({ thing }) => thing));
      const left: Asked[] = [];
      for (const [nth, asked] of together.entries()) {
        const outcome = outcomes[nth]!;
        if (outcome !== ALONE) settle(asked, outcome);
        else if (inCompany) left.push(asked);
        else asked.reject(new Error('what is done alone was refused for its company'));
      }
      leaveOut(left);
    } catch (error) {
      for (const asked of together)
        if (inCompany && isUndone(error)) void go([asked]);
        else asked.reject(error);
    }
  };
  const countNext = () => {
    let count = 0;
    for (let size = 0; count < Math.min(most, waiting.length); count++) {
      size += sizeOf(waiting[count]!.thing);
      if (count > 0 && size > MOST_SIZE) break;
    }
    return count;
  };
  const begin = () => {
    under++;
    const leave = () => {
      if (!timer) return;
      clearTimeout(timer);
      timer = undefined;
      under--;
      goOn();
    };
    let timer: NodeJS.Timeout | undefined = setTimeout(leave, SLOW_MS);
    void go(waiting.splice(0, countNext())).then(leave);
  };
  const goOn = () => {
    while (under < atOnce && waiting.length > 0) begin();
  };
  return (thing) => {
    const asked = { ...Promise.withResolvers<Outcome>(), thing, retries };
    waiting.push(asked);
    goOn();
    return asked.promise;
  };
}
