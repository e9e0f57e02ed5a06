/** What is wrong with a configuration, in one shape for every check, and how it is written for people. Never holds a secret. */

export interface Problem {
  readonly severity: 'error' | 'warning';
  /** The setting, dotted: `vrrp.web.vrid`; a host fact such as `capabilities` where no setting is at fault. */
  readonly path: string;
  /** What is wrong, with the offending value unless it is secret. */
  readonly what: string;
  /** Where the value came from: `/etc/locum/locum.yaml:12`, `label locum.vrid on container web1`, `environment LOCUM_VRID`, `default`. */
  readonly source: string;
  /** What to do about it. */
  readonly fix: string;
}

export const hasErrors = (problems: readonly Problem[]): boolean =>
  problems.some(problem => problem.severity === 'error');

/** Several lines for a terminal, each problem three: what, from where, what to do. */
export function formatProblems(problems: readonly Problem[]): string {
  const ordered = [...problems].sort(
    (a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'),
  );
  return ordered.map(formatProblem).join('\n');
}

function formatProblem(problem: Problem): string {
  const indent = ' '.repeat(4);
  return [
    `${problem.severity}: ${problem.path}: ${problem.what}`,
    `${indent}from: ${problem.source}`,
    `${indent}fix:  ${problem.fix}`,
  ].join('\n');
}
