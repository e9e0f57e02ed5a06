/** Whether the rendered upstreams can reach nginx: the file can be replaced, and nginx includes it. Pure. */

import { about, type Line } from './line.ts';

/** How a file that is replaced by renaming stands. */
export interface Replaceable {
  readonly path: string;
  /** The system error's code of writing to its folder: `ENOENT`, `EACCES`, `EROFS`; undefined: it can be written. */
  readonly folderError: string | undefined;
  /** The file itself is a mount point, which rename(2) cannot replace. */
  readonly mounted: boolean;
}

export interface UpstreamsFacts {
  readonly file: Replaceable;
  /** `unknown`: nginx's files cannot be read from here, or it does not run. */
  readonly included: 'yes' | 'no' | 'unknown';
}

/** Undefined facts: upstreams are not rendered. */
export function upstreamsLine(facts: UpstreamsFacts | undefined): Line {
  const line = about('upstreams');
  if (facts === undefined) return line.ok('not rendered');
  const { file, included } = facts;
  const problem = replaceProblem(file);
  if (problem !== undefined) return line.fail(...problem);
  const include = `\`include ${file.path.replace(/[^/]*$/, '*.conf')};\` in its http block`;
  if (included === 'no')
    return line.warn(
      `${file.path} can be replaced, but nginx does not include it: what is rendered has no effect`,
      `put ${include}`,
    );
  return line.ok(
    included === 'yes'
      ? `${file.path} can be replaced, and nginx includes it`
      : `${file.path} can be replaced; whether nginx includes it cannot be seen from here: it needs ${include}`,
  );
}

/** What keeps the file from being replaced, and what to do. */
export function replaceProblem({ path, folderError, mounted }: Replaceable): [string, string] | undefined {
  const folder = path.replace(/\/[^/]*$/, '') || '/';
  if (folderError !== undefined)
    return [
      `${path} cannot be written: ${folder} ${REASONS[folderError] ?? folderError}`,
      adviceOf(folderError, folder),
    ];
  return mounted
    ? [
        `${path} is a mount of its own and cannot be replaced`,
        `mount its folder ${folder} instead, as a volume that nginx has too`,
      ]
    : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be written by this user',
  EROFS: 'is read-only',
};

function adviceOf(code: string, folder: string): string {
  return code === 'EACCES'
    ? `let this user write to ${folder}`
    : `mount ${folder} as a writable volume that nginx has too`;
}
