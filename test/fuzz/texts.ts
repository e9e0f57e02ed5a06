/**
 * keepalived.conf under fire: whatever a file holds, reading it ends soon, throws nothing, says a bounded number of things, each
 * with its line, and gives no value that a router could not run with.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MOST_REMARKS } from '../../src/keepalived/remarks.ts';
import { filesOf, readFiles, type Section } from '../keepalived/support.ts';
import type { Random } from '../sim/random.ts';
import { ROOT } from '../support/paths.ts';
import { type Fails, type Judgement, type Target, withoutNeedless } from './target.ts';

export interface TextInput {
  readonly text: string;
  /** What `include more.conf` brings in. */
  readonly more: string;
}

/** The parser under fire; a test puts a broken one in its place. */
export type Read = typeof readFiles;

export function textTarget(name: string, read: Read = readFiles): Target<TextInput> {
  return {
    name,
    boundMs: 2_000,
    make: makeInput,
    judge: input => judge(input, read),
    minimise: minimiseText,
    show: ({ text, more }) => `${text}${more === '' ? '' : `\n== more.conf\n${more}`}`,
  };
}

export const KEEPALIVED = textTarget('keepalived');

const READINGS = join(ROOT, 'test', 'keepalived', 'readings');

/** The lines of real files, and their words. */
const LINES: readonly string[] = readdirSync(READINGS)
  .flatMap(name => filesOf(readFileSync(join(READINGS, name), 'utf8')))
  .flatMap(({ text }) => text.split('\n'))
  .filter(line => line.trim() !== '');
const WORDS: readonly string[] = [...new Set(LINES.flatMap(line => line.trim().split(/\s+/)))];
/** Blocks of real files, by their first lines, so that what is inside is read as such. */
const BLOCKS: readonly (readonly string[])[] = LINES.flatMap((line, i) =>
  /^[a-z_]+.*\{\s*$/.test(line)
    ? [LINES.slice(i, 1 + LINES.findIndex((end, j) => j > i && /^\}/.test(end)))]
    : [],
).filter(block => block.length > 0 && block.length < 40);

/** Reference and definition, quotes and braces in places where they mean something. */
const ODD = [
  '{',
  '}',
  '{}',
  '"',
  "'",
  '\\',
  '#',
  '!',
  '$',
  '$A',
  ['$', '{A}'].join(''),
  '$A=1',
  '~SEQ(A,1,9)',
  '~LST(A,1,2)',
  '@node1',
  '@^node1',
  '@',
  'include more.conf',
  'include keepalived.conf',
  '\0',
  '\r',
  '\t',
  '\u2028',
  '\ud800',
  '__proto__',
  'constructor',
  '-1',
  '4294967296',
  '1e9',
  '0x10',
  '1/2',
  '255.255.255.255',
  '::',
  'fe80::1%eth0/64',
  '999999999999999999999',
];
/** Said again and again they show what is not bounded. */
const ENDLESS = [
  '{',
  '}',
  '"',
  'a ',
  'a{',
  '$A',
  '$A=$A$A\n$A\n',
  '~SEQ(A,1,99999)\n',
  'a{\n}\n',
  '\\\n',
  '@a ',
  'include more.conf\n',
];

function makeInput(random: Random): TextInput {
  const more = random.chance(0.1) ? someText(random) : '';
  return {
    text: random.chance(0.002) ? random.pick(ENDLESS).repeat(random.between(1, 4_000)) : someText(random),
    more,
  };
}

function someText(random: Random): string {
  switch (
    random.weighted([
      [1, 'random'],
      [3, 'words'],
      [6, 'blocks'],
    ])
  ) {
    case 'random':
      return String.fromCharCode(
        ...Array.from({ length: random.between(0, 120) }, () => random.between(0, 255)),
      );
    case 'words':
      return Array.from(
        { length: random.between(1, 40) },
        () => `${someWord(random)}${someGlue(random)}`,
      ).join('');
    default:
      return brokenText(random.pick(BLOCKS).join('\n'), random);
  }
}

const someWord = (random: Random): string => random.pick(random.chance(0.8) ? WORDS : ODD);
const someGlue = (random: Random): string => random.pick([' ', ' ', ' ', '\n', '\n', ' {\n', '\n}\n', '']);

function brokenText(block: string, random: Random): string {
  let text = block;
  for (let i = random.between(0, 6); i > 0; i--) {
    const [from, to] = [random.between(0, text.length), random.between(0, text.length)].sort((a, b) => a - b);
    text = random.weighted<() => string>([
      [4, () => `${text.slice(0, from)} ${someWord(random)} ${text.slice(from)}`],
      [3, () => text.replace(random.pick(text.match(/\S+/g) ?? ['']), someWord(random))],
      [2, () => `${text.slice(0, from)}\n${random.pick(LINES)}\n${text.slice(from)}`],
      [1, () => text.slice(0, from) + text.slice(Math.min(to ?? 0, (from ?? 0) + 20))],
      [1, () => `${text}\n${random.pick(BLOCKS).join('\n')}`],
      [1, () => text.slice(0, to) + text.slice(from)],
    ])();
  }
  return text;
}

function judge({ text, more }: TextInput, read: Read): Judgement {
  const files: readonly Section[] = [
    { name: 'keepalived.conf', text },
    { name: 'more.conf', text: more },
  ];
  const { configuration, remarks } = read(files);
  const outcome =
    configuration.instances.length > 0 ? 'instances' : remarks.length > 0 ? 'remarks' : 'nothing';
  return { outcome, problem: badRemark(remarks) ?? badInstance(configuration.instances) };
}

type Reading = ReturnType<Read>;

function badRemark(remarks: Reading['remarks']): string | undefined {
  if (remarks.length > MOST_REMARKS + 1) return `${remarks.length} remarks`;
  const bad = remarks.find(({ setting, what, fix, at }) => {
    const isEmpty = setting === '' || what === '' || fix === '';
    return isEmpty || at.line < 1 || /\p{Cc}/u.test(`${setting}${what}${fix}`);
  });
  return bad && `a remark that is not fit to be shown: ${JSON.stringify(bad)}`;
}

const within = (value: number, low: number, high: number): boolean => value >= low && value <= high;

function badInstance(instances: Reading['configuration']['instances']): string | undefined {
  const bad = instances.find(({ vrid, priority, advertInterval, follows }) => {
    const isFit =
      within(vrid, 1, 255) && within(priority, 1, 255) && within(advertInterval, 10_000, 255_000_000);
    return !isFit || follows.some(({ weight }) => !within(weight, -254, 254));
  });
  return bad && `an instance that nobody can run: ${JSON.stringify(bad)}`;
}

async function minimiseText(input: TextInput, fails: Fails<TextInput>): Promise<TextInput> {
  const byLine = await withoutNeedless(input.text.split('\n'), lines =>
    fails({ ...input, text: lines.join('\n') }),
  );
  const byCharacter = await withoutNeedless([...byLine.join('\n')], characters =>
    fails({ ...input, text: characters.join('') }),
  );
  const smaller = { ...input, text: byCharacter.join('') };
  return input.more !== '' && (await fails({ ...smaller, more: '' })) ? { ...smaller, more: '' } : smaller;
}
