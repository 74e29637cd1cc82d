export { screenOf } from './ansi-screen.ts';
export {
  type Corpus,
  type CorpusEntry,
  type CorpusHead,
  type CorpusRun,
  type CorpusScreen,
  type Life,
  parseCorpus,
  replay,
  signalsOf,
} from './corpus.ts';
export {
  type Delays,
  LEAST_RIGHT,
  type Phase,
  rightShare,
  type Score,
  type StateScore,
  scoreOf,
  type Telling,
  type Watched,
} from './score.ts';
