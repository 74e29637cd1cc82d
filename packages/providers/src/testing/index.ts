export { screenOf } from './ansi-screen.ts';
export { type CorpusEntry, parseCorpus, type Score, type StateScore, score } from './score.ts';
