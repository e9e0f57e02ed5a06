/** Whether `locum drain` can hold connections off and remember that it was asked: nft(8), and its file. Pure. */

import { about, type Line } from './line.ts';
import { type Replaceable, replaceProblem } from './upstreams.ts';

export interface DrainFacts {
  /** Why `nft` cannot be used; undefined when it can. */
  readonly nftFailure: string | undefined;
  readonly stateFile: Replaceable;
}

export function drainLines({ nftFailure, stateFile }: DrainFacts): Line[] {
  const nft = about('drain', 'nft');
  return [
    nftFailure === undefined
      ? nft.ok('works: new connections can be held off while the address moves')
      : nft.warn(
          `cannot be used (${nftFailure}): a drain works, but connections that begin in its last moment may fail`,
          'install nftables beside Locum, and give it NET_ADMIN; the image of Locum has both',
        ),
    stateLine(stateFile),
  ];
}

function stateLine(file: Replaceable): Line {
  const line = about('drain', 'state file');
  const problem = replaceProblem(file);
  return problem === undefined
    ? line.ok(`${file.path} can be written`)
    : line.warn(
        `${problem[0]}: a drained node forgets it when Locum starts again`,
        'mount its folder as a writable volume, or set drain.state-file',
      );
}
