/**
 * Schemas compile themselves with `new Function` where they may; our policy forbids it, and each attempt would be
 * reported as a violation. Must be evaluated before the first schema is made: keep it the first import of main.tsx.
 */
const schemas = globalThis as { __zod_globalConfig?: { jitless?: boolean } };
schemas.__zod_globalConfig = { jitless: true };

export {};
