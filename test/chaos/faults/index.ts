import type { Field } from '../field.ts';
import type { FaultKind, PlannedFault } from '../plan.ts';
import type { Fault } from './fault.ts';
import { hostFaults } from './hosts.ts';
import { serviceFaults } from './services.ts';
import { storeFaults } from './stores.ts';

const faults: Readonly<Record<FaultKind, Fault>> = { ...serviceFaults, ...hostFaults, ...storeFaults };

export const strike = (field: Field, planned: PlannedFault): Promise<string> =>
  faults[planned.kind](field, planned);
