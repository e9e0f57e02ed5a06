/** Shorthand for loading configurations in tests. */

import assert from 'node:assert/strict';
import type { Config } from '../../../src/app/config/config.ts';
import { type Loaded, loadConfig } from '../../../src/app/config/load.ts';
import type { Problem } from '../../../src/app/config/problems.ts';

export interface Given {
  readonly yaml?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly engineSilent?: boolean;
}

export const FILE = '/etc/locum/locum.yaml';
export const PROXY = 'web1';

export function load({ yaml, labels, environment = {}, engineSilent = false }: Given): Loaded {
  return loadConfig({
    file: yaml === undefined ? undefined : { name: FILE, content: yaml },
    proxy: labels === undefined ? undefined : { name: PROXY, labels },
    environment,
    engineSilent,
  });
}

/** The configuration, which must be good. */
export function configOf(given: Given): Config {
  const { config, problems } = load(given);
  assert.ok(config !== undefined, JSON.stringify(problems, undefined, 2));
  return config;
}

/** The smallest configuration there is. */
export const SMALLEST = { LOCUM_VRID: '51', LOCUM_VIP: '198.18.51.100/24' };

/** The only problem, which must be at that path. */
export function onlyProblem(problems: readonly Problem[], path: string): Problem {
  assert.deepEqual(
    problems.map(problem => problem.path),
    [path],
    JSON.stringify(problems, undefined, 2),
  );
  const [problem] = problems;
  assert.ok(problem !== undefined);
  return problem;
}
