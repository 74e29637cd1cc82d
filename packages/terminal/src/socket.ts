import { CaoError } from '@cao/contracts';

export type Socket = { readonly name: string } | { readonly path: string };

/** sun_path has 104 bytes on macOS and 108 on Linux, and tmux adds a lock file's suffix. */
const MAX_PATH_BYTES = 100;

/** `-L name` or `-S path`, the first arguments of every tmux of ours. */
export function socketFlags(socket: Socket): string[] {
  if ('name' in socket) {
    if (!/^[A-Za-z0-9_-]+$/.test(socket.name)) {
      throw new CaoError(
        'bad_request',
        `the tmux socket name "${socket.name}" may have letters, digits, _ and - only`,
      );
    }
    return ['-L', socket.name];
  }
  const bytes = Buffer.byteLength(socket.path);
  if (!socket.path.startsWith('/') || bytes > MAX_PATH_BYTES) {
    throw new CaoError(
      'bad_request',
      `the tmux socket path ${socket.path} must be absolute and at most ${MAX_PATH_BYTES} bytes (it has ${bytes}); choose a shorter state directory`,
    );
  }
  return ['-S', socket.path];
}

const shellWord = (word: string): string =>
  /^[A-Za-z0-9_/.:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** Read-only: a person who types in a pane, or whose window size counts, would change what the agent sees. */
export const attachCommand = (bin: string, socket: Socket, session: string): string =>
  [bin, ...socketFlags(socket), 'attach', '-r', '-t', `=${session}`].map(shellWord).join(' ');
