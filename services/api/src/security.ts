import { CaoError } from '@cao/contracts';
import type { FastifyInstance } from 'fastify';

/** The page needs its own scripts, the live socket, and the style attributes that xterm.js sets on its cells. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** On every answer, also on those to requests that reach no handler. */
export const safeHeaders = {
  'content-security-policy': CSP,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

/** Headers for every answer, and a browser of another site is turned away before any handler. */
export function guardBrowsers(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(safeHeaders);
    const { origin, host } = request.headers;
    if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return;
    throw new CaoError('forbidden', `the origin ${origin} may not call this api`);
  });
}
