/** Whether a configuration has work for the thread beside: without any it is not begun, which saves its memory. */

import type { Config } from '../config/config.ts';

export function worksAside({ docker, nginx, track, notify }: Config): boolean {
  const execs = [...Object.values(track), ...Object.values(notify)].some(({ type }) => type === 'exec');
  return execs || docker.enabled || nginx.upstreamsFile !== undefined;
}
