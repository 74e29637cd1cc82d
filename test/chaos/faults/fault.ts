import type { Field } from '../field.ts';
import type { PlannedFault } from '../plan.ts';

/** Does it, waits, and undoes it. @returns what was hit. */
export type Fault = (field: Field, planned: PlannedFault) => Promise<string>;

export const oneOf = <T>(list: readonly T[], { which }: Pick<PlannedFault, 'which'>): T =>
  list[Math.floor(which * list.length)]!;
