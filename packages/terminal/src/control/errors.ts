import { CaoError } from '@cao/contracts';

/** The command was written to tmux, its answer never came: it may have been carried out or not. */
export class OutcomeUnknownError extends CaoError {
  constructor(why: string) {
    super(
      'unavailable',
      `${why}, so the outcome of the command is unknown; read the pane's cursor and go on from there`,
      { outcome: 'unknown' },
    );
    this.name = 'OutcomeUnknownError';
  }
}

export const tmuxRefused = (what: string, message: string): CaoError =>
  new CaoError('internal', `tmux refused to ${what}: ${message}`);
