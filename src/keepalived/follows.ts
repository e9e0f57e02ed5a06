/** `track_script`, `track_process`, `track_file`, `track_interface` of an instance or a group: names of what is followed, with weights. */

import { mistake, type Use } from './fields.ts';
import type { Follow, Weighted } from './model.ts';
import { type Report, shown } from './remarks.ts';
import type { Statement } from './tree.ts';
import { DIRECTIONS, weightOf } from './values.ts';

/** What was defined before in the file: keepalived does not know what comes after. */
export type Defined = Readonly<Record<'script' | 'process' | 'file', ReadonlyMap<string, Weighted>>>;

/** The blocks of an owner that name what it follows. */
export interface FollowBlocks {
  readonly track_script?: readonly Statement[];
  readonly track_process?: readonly Statement[];
  readonly track_file?: readonly Statement[];
  readonly track_interface?: readonly Statement[];
}

const MOST: Readonly<Record<Follow['kind'], number>> = {
  script: 253,
  process: 254,
  file: 254,
  interface: 253,
};

export function readFollows(
  owner: string,
  blocks: FollowBlocks,
  defined: Defined,
  report: Report,
): readonly Follow[] {
  return (['script', 'process', 'file', 'interface'] as const).flatMap(kind => {
    const found = new Map<string, Follow>();
    for (const statement of blocks[`track_${kind}`] ?? []) {
      const use = { statement, setting: `${owner} track_${kind} ${statement.keyword}`, report };
      const follow = readFollow(kind, use, kind === 'interface' ? undefined : defined[kind]);
      if (follow !== undefined && found.has(follow.name))
        mistake(use, 'is there twice: the first counts', 'remove one of them');
      else if (follow !== undefined) found.set(follow.name, follow);
    }
    return [...found.values()];
  });
}

const UNWEIGHTED: Weighted = { weight: 0, reverse: false };

/** `defined` undefined: the name is one of the host's. */
function readFollow(
  kind: Follow['kind'],
  use: Use,
  defined: ReadonlyMap<string, Weighted> | undefined,
): Follow | undefined {
  const { keyword: name, at } = use.statement;
  const own = defined === undefined ? UNWEIGHTED : defined.get(name);
  if (own === undefined) {
    const what = `is not defined above this line: keepalived does not follow it`;
    mistake(use, what, 'define it before the block that follows it, or correct the name');
    return undefined;
  }
  const { weight, reverse } = overridden(use, own, MOST[kind]);
  return { kind, name, at, weight, reverse };
}

function overridden(use: Use, own: Weighted, most: number): Weighted {
  const { words } = use.statement;
  const [keyword, text, direction, ...rest] = words;
  if (keyword === undefined) return own;
  const wrong = keyword !== 'weight' || rest.length > 0 || !DIRECTIONS.includes(direction ?? 'noreverse');
  if (wrong)
    mistake(
      use,
      `is followed by ${shown(words.join(' '))}, which is not all understood`,
      `write ${use.statement.keyword} weight 5, or weight 5 reverse`,
    );
  if (keyword !== 'weight' || text === undefined) return own;
  const weight = weightOf(use, text, most);
  return {
    weight: weight ?? own.weight,
    reverse: direction === undefined ? own.reverse : direction === 'reverse',
  };
}
