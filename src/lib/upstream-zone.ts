/** How much shared memory the servers of an upstream take in nginx (ngx_http_upstream_zone_module): its `zone`. Pure. */

/**
 * KiB that these servers always fit in, to spare: a server takes some 800 bytes with 4 KiB pages, and an nginx that finds no room refuses its
 * whole configuration. In steps, so that a server more seldom makes another zone. Never below 8 pages of 16 KiB, the least that nginx takes
 * where pages are that large.
 */
export function neededZoneKilobytes(servers: number): number {
  return 64 * (1 + Math.ceil(Math.max(servers, 1) / 32));
}
