/**
 * Environment of a Postgres that is started by us or with us: a backend keeps some memory. glibc would give what a statement took back
 * to the kernel behind it, and have it again for the next one, page by page: 5 % of what a busy server does (Linux; others ignore it).
 * Units: bytes.
 */
export const SERVER_MEMORY = {
  MALLOC_TRIM_THRESHOLD_: '8388608',
  MALLOC_MMAP_THRESHOLD_: '8388608',
  MALLOC_TOP_PAD_: '1048576',
} as const;
