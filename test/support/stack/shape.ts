/** What a stack is made of, where its test does not say. */
export interface Shape {
  /** What BullMQ runs on. */
  readonly backend: Backend;
  /** Of the api and of the scheduler. */
  readonly replicas: number;
}

export type Backend = 'postgres' | 'redis';

/** `redis,2`: `npm run recovery` has every test of a recovery run in each shape. */
const given = process.env.CAO_TEST_SHAPE;

/** For tests that are to hold in every shape: the smallest and the largest one. */
export const shapes: readonly Shape[] = given
  ? [parse(given)]
  : [
      { backend: 'postgres', replicas: 1 },
      { backend: 'redis', replicas: 2 },
    ];

/** For tests that leave it open. */
export const [usualShape] = shapes as readonly [Shape];

export const nameOf = ({ backend, replicas }: Shape): string => `${backend},${replicas}`;

/** @throws Error saying what a shape looks like */
export function parse(name: string): Shape {
  const [, backend, replicas] = /^(postgres|redis),([1-9])$/.exec(name) ?? [];
  if (!backend) throw new Error(`a shape is "postgres,1" or "redis,2", and not ${JSON.stringify(name)}`);
  return { backend: backend as Backend, replicas: Number(replicas) };
}
