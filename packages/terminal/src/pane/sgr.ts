/** Attributes of a cell. Colours are kept as they are written: `31`, `38;5;244`, `38;2;r;g;b`; null is the default. */
export interface Style {
  readonly attributes: ReadonlySet<number>;
  readonly fg: string | null;
  readonly bg: string | null;
}

export const PLAIN: Style = { attributes: new Set(), fg: null, bg: null };
export const BOLD = 1;
export const DIM = 2;
export const INVERSE = 7;

/** The codes that end an attribute. 22 ends bold and dim. */
const ENDS: Readonly<Record<number, readonly number[]>> = {
  22: [BOLD, DIM],
  23: [3],
  24: [4],
  25: [5],
  27: [INVERSE],
  28: [8],
  29: [9],
  55: [53],
};

/** Applies the parameters of one `ESC[…m`. */
export function applySgr(style: Style, parameters: string): Style {
  const attributes = new Set(style.attributes);
  let { fg, bg } = style;
  const codes = parameters === '' ? ['0'] : parameters.split(';');
  for (let i = 0; i < codes.length; i++) {
    const word = codes[i] ?? '0';
    const code = Number.parseInt(word || '0', 10);
    if (code === 0) {
      attributes.clear();
      fg = bg = null;
    } else if (code === 38 || code === 48 || code === 58) {
      let colour = word;
      if (!word.includes(':')) {
        const length = codes[i + 1] === '5' ? 2 : 4;
        colour = codes.slice(i, i + 1 + length).join(';');
        i += length;
      }
      // 58, the underline's colour, decides nothing and is left out.
      if (code === 38) fg = colour;
      if (code === 48) bg = colour;
    } else if (code === 39) fg = null;
    else if (code === 49) bg = null;
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) fg = word;
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) bg = word;
    else if (ENDS[code]) for (const ended of ENDS[code]) attributes.delete(ended);
    else if (code !== 59) attributes.add(code);
  }
  return { attributes, fg, bg };
}

/** The escape that brings a terminal from any style to this one. */
export const toSgr = ({ attributes, fg, bg }: Style): string =>
  `\u001b[${['0', ...attributes, ...[fg, bg].filter((colour) => colour !== null)].join(';')}m`;
