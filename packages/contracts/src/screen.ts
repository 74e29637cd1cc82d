/** What a pane shows now: text by row with the attributes that decide (a dim placeholder is no draft). */
export interface Screen {
  readonly cols: number;
  /** Visible rows, top to bottom; trailing spaces are cut. */
  readonly rows: readonly ScreenRow[];
  readonly cursor: { readonly x: number; readonly y: number };
  /** The program uses the alternate screen. */
  readonly alternate: boolean;
  /** Title of the pane, as the program set it last; some CLIs say there what they do. */
  readonly title: string;
}

export interface ScreenRow {
  readonly text: string;
  /** Runs of equal attributes in cell order; plain text has one run or none. */
  readonly runs: readonly ScreenRun[];
}

export interface ScreenRun {
  readonly text: string;
  readonly dim: boolean;
  readonly bold: boolean;
  readonly inverse: boolean;
  /** SGR colour as written (`31`, `38;5;244`, `38;2;r;g;b`), or null for the default. */
  readonly fg: string | null;
  readonly bg: string | null;
}
