/** One line of the examination: what was looked at, how it stands, what was found and what to do. Pure. */

/** `warn`: works, but not always or not as well as it should. `fail`: does not work. */
export type LineStatus = 'ok' | 'warn' | 'fail';

export const CHECKS = [
  'configuration',
  'capabilities',
  'interface',
  'rp_filter',
  'arp',
  'ipv6',
  'vmac',
  'ip_nonlocal_bind',
  'firewall',
  'vrrp',
  'address',
  'docker',
  'namespaces',
  'nginx',
  'upstreams',
  'drain',
  'scheduling',
  'timers',
  'clock',
  'daemon',
] as const;

export type CheckName = (typeof CHECKS)[number];

export interface Line {
  readonly check: CheckName;
  /** Which of several was looked at, such as an interface; empty where there is one. */
  readonly subject: string;
  readonly status: LineStatus;
  /** What was found. Never a secret. */
  readonly found: string;
  /** What to do; undefined when nothing is to be done. */
  readonly fix: string | undefined;
}

/** Makes the lines of one check about one subject. */
export interface LineMaker {
  ok(found: string): Line;
  warn(found: string, fix: string): Line;
  fail(found: string, fix: string): Line;
}

export function about(check: CheckName, subject = ''): LineMaker {
  return {
    ok: found => ({ check, subject, status: 'ok', found, fix: undefined }),
    warn: (found, fix) => ({ check, subject, status: 'warn', found, fix }),
    fail: (found, fix) => ({ check, subject, status: 'fail', found, fix }),
  };
}
