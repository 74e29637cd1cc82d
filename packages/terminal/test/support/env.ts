/** How often the property test kills its process. The default fits into a test run on two cores. */
export const PROPERTY_RUNS = Number(process.env.CAO_PROPERTY_RUNS ?? 24);
/** The seed of a run that failed, to see it again. */
export const PROPERTY_SEED = Number(process.env.CAO_PROPERTY_SEED ?? Date.now() % 1_000_000);
