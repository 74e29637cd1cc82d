export type Toml = string | number | boolean | readonly Toml[] | { readonly [key: string]: Toml };

/**
 * One line per key, tables inline: less to read for people, nothing to get wrong in the order of sections. Those that must be
 * sections are written one by one, each below its `header`.
 */
export const toToml = (config: Readonly<Record<string, Toml>>, header?: string): string => {
  const lines = Object.entries(config).map(([key, value]) => `${key} = ${inline(value)}\n`);
  return [...(header ? [`${header}\n`] : []), ...lines].join('');
};

function inline(value: Toml): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  const entries = Object.entries(value).map(([key, each]) => `${quoted(key)} = ${inline(each)}`);
  return `{ ${entries.join(', ')} }`;
}

/** A string of JSON is one of TOML, but for half a character and for DEL. */
const quoted = (text: string): string => JSON.stringify(text.toWellFormed()).replaceAll('\u007f', '\\u007f');
