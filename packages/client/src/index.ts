/** The api as typed functions and a live connection; for the CLI, the page, the MCP tools and anyone outside. */
export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  endpointUrl,
  type Fetch,
} from './http.ts';
export { type Live, type LiveHandlers, openLive } from './live.ts';
