/** Whether the kernel schedules Locum as the configuration asks. Warnings: a daemon that is refused runs on with normal scheduling. Pure. */

import { DEFAULT_SOURCE } from './defaults.ts';
import type { Problem } from './problems.ts';
import type { Setting } from './settings.ts';

/** `refusal` is what the kernel said; undefined when it agreed. */
export function checkScheduling(refusal: string | undefined, settings: readonly Setting[]): Problem[] {
  const setting = (name: string) => settings.find(({ path }) => path === `scheduling.${name}`);
  const [used, unused] = setting('policy')?.value === 'rr' ? ['priority', 'nice'] : ['nice', 'priority'];
  const problems: Problem[] = [];
  const idle = setting(unused);
  if (idle !== undefined && idle.source !== DEFAULT_SOURCE)
    problems.push({
      severity: 'warning',
      path: idle.path,
      what: `means nothing with policy ${setting('policy')?.value}`,
      source: idle.source,
      fix: `leave it out, or use scheduling.${used}`,
    });
  const asked = setting(used === 'priority' ? 'policy' : 'nice');
  if (refusal !== undefined)
    problems.push({
      severity: 'warning',
      path: asked?.path ?? 'scheduling',
      what: `is refused, so Locum would run with normal scheduling: ${refusal}`,
      source: asked?.source ?? 'not set anywhere',
      fix: "add `cap_add: [SYS_NICE]` to Locum's service in the compose file, or --cap-add SYS_NICE to docker run",
    });
  return problems;
}
