export * from './contract.ts';
export { providers } from './registry.ts';
