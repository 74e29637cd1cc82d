import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { MAX_PROFILE_CHARS } from '@cao/contracts';
import { CliError } from '../exit.ts';

/** A profile is text; a server that needs longer for it is not answering. Units: ms. */
const FETCH_TIMEOUT_MS = 20_000;
const HOSTS = ['github.com', 'raw.githubusercontent.com'];

export interface ProfileSource {
  readonly content: string;
  /** File name without its ending; the profile's name when its front matter has none. */
  readonly stem: string;
}

/** @throws CliError: not_found, bad_request, too_large or unreachable, naming the source. */
export async function readProfile(source: string, signal: AbortSignal): Promise<ProfileSource> {
  const content = /^[a-z][a-z0-9+.-]*:\/\//i.test(source)
    ? await download(rawUrl(source), signal)
    : await readLocal(source);
  if (content.length > MAX_PROFILE_CHARS)
    throw new CliError(
      'too_large',
      `${source} is longer than ${MAX_PROFILE_CHARS} characters`,
      'A profile is prose; shorten it.',
    );
  return { content, stem: basename(source).replace(/\.[^.]*$/, '') };
}

async function readLocal(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError(
      code === 'ENOENT' ? 'not_found' : 'bad_request',
      code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code})`,
      'Give a Markdown file, or an https URL of one on github.com.',
      { cause },
    );
  }
}

/** The page of a file on github.com has its text at raw.githubusercontent.com. */
export function rawUrl(source: string): URL {
  const url = URL.parse(source);
  if (url?.protocol !== 'https:' || !HOSTS.includes(url.hostname))
    throw new CliError(
      'bad_request',
      `${source} is not an https URL of github.com or raw.githubusercontent.com`,
      'Download it yourself, read it, and install the file.',
    );
  if (url.hostname !== 'github.com') return url;
  const page = /^\/([^/]+)\/([^/]+)\/(?:blob|raw)\/(.+)$/.exec(url.pathname);
  if (!page)
    throw new CliError(
      'bad_request',
      `${source} is not the page of one file`,
      'Open the file there and copy its URL.',
    );
  return new URL(`https://raw.githubusercontent.com/${page[1]}/${page[2]}/${page[3]}`);
}

async function download(url: URL, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, {
      redirect: 'error', // a redirect could lead anywhere
      signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new CliError(
      'unreachable',
      `${url} does not answer`,
      'Check the network, or download the file and install that.',
      {
        cause,
      },
    );
  }
  if (!response.ok)
    throw new CliError(
      response.status === 404 ? 'not_found' : 'unavailable',
      `${url} answered ${response.status}`,
      'Check the URL; files of private repositories have to be downloaded first.',
    );
  return response.text();
}
