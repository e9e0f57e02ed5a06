/**
 * The reference of every setting as Markdown, made of the schema and nothing else: what it means, its value and default, and its three
 * spellings. `REFERENCE.md` is what this gives; a test keeps the two in step, and `npm run reference` writes the file anew.
 */

import { z } from 'zod';
import { whyNoLabel } from './label-rules.ts';
import { type Definition, definitionOf } from './names.ts';
import { EXAMPLES, INTRODUCTION, OTHER_DEFAULTS } from './reference-texts.ts';
import { schema } from './schema.ts';

type Shape = NonNullable<Definition['shape']>;

/** Stands for the name of an entry that users name. */
const NAME = 'NAME';

export function referenceMarkdown(): string {
  const sections = Object.entries(definitionOf(schema).shape ?? {}).flatMap(([name, section]) =>
    chapter(section, [name], 2),
  );
  return `${[INTRODUCTION.trim(), ...sections].join('\n\n')}\n`;
}

/** A group of settings: a heading, what it is, a table of its values, an example, and a chapter for each group below it. */
function chapter(
  setting: z.ZodType,
  path: readonly string[],
  depth: number,
  about = aboutOf(setting),
): string[] {
  const inner = unwrapped(setting);
  const { options, shape, valueType } = definitionOf(inner);
  if (valueType !== undefined && isGroup(unwrapped(valueType)))
    return chapter(valueType, [...path, NAME], depth, about || aboutOf(valueType));
  if (valueType !== undefined) return [heading(path, depth), about, tableOf([[[...path, NAME], valueType]])];
  if (options !== undefined) return alternatives(options, path, depth, about);
  return present([heading(path, depth), about, ...contentOf(shape ?? {}, path, depth)]);
}

/** Groups that differ by their type: what all have in common once, then each with what it has beside that. */
function alternatives(
  options: readonly z.ZodType[],
  path: readonly string[],
  depth: number,
  about: string,
): string[] {
  const shapes = options.map(option => definitionOf(option).shape ?? {});
  const [first = {}] = shapes;
  const common = Object.entries(first).filter(([name, own]) => shapes.every(shape => shape[name] === own));
  const told = ['type', ...common.map(([name]) => name)];
  const types = shapes.map(shape => ({ type: typeOf(shape), shape: without(shape, told) }));
  const typeRow = [...path, 'type'].join('.');
  const value = types.map(({ type }) => `\`${type}\``).join(', ');
  const rows = common.map(([name, setting]): Entry => [[...path, name], setting]);
  return present([
    heading(path, depth),
    about,
    [
      ...headOfTable,
      row(typeRow, value, defaultOf([...path, 'type'], undefined), 'Which of them it is.'),
      ...rowsOf(rows),
    ].join('\n'),
    ...types.flatMap(({ type, shape }) => {
      const content = [...contentOf(shape, path, depth + 1), exampleOf(`${path.join('.')} ${type}`)];
      const title = `${heading(path, depth + 1)} of type \`${type}\``;
      return Object.keys(shape).length === 0 ? [] : [title, ...content];
    }),
  ]);
}

function contentOf(shape: Shape, path: readonly string[], depth: number): string[] {
  const entries = Object.entries(shape).map(([name, setting]): Entry => [[...path, name], setting]);
  const values = entries.filter(([, setting]) => !isGroup(unwrapped(setting)));
  const groups = entries.filter(([, setting]) => isGroup(unwrapped(setting)));
  return [
    values.length === 0 ? '' : tableOf(values),
    ...groups.flatMap(([at, setting]) => chapter(setting, at, depth + 1)),
  ];
}

type Entry = readonly [path: readonly string[], setting: z.ZodType];

const headOfTable = [
  '| setting | value | default | meaning | label | environment |',
  '|---|---|---|---|---|---|',
];

const tableOf = (entries: readonly Entry[]): string => [...headOfTable, ...rowsOf(entries)].join('\n');

function rowsOf(entries: readonly Entry[]): string[] {
  return entries.map(([path, setting]) =>
    row(path.join('.'), valueText(unwrapped(setting)), defaultOf(path, setting), aboutOf(setting)),
  );
}

function row(path: string, value: string, standard: string, meaning: string): string {
  const label = whyNoLabel(path.split('.')) === undefined ? `\`locum.${path}\`` : 'no';
  const variable = `\`LOCUM_${path.replaceAll('-', '_').replaceAll('.', '__').toUpperCase()}\``;
  const cells = [`\`${path}\``, value, standard, meaning, label, variable];
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

/** As it would be written in the file, or in words; what has neither default nor need is left out. */
function defaultOf(path: readonly string[], setting: z.ZodType | undefined): string {
  const known = OTHER_DEFAULTS[path.join('.')];
  if (known !== undefined) return known;
  const standard = setting === undefined ? undefined : metaOf(setting)['default'];
  if (typeof standard === 'string') return `\`${standard}\``;
  if (setting !== undefined && isOptional(setting)) return '';
  const group = path.at(-1) === NAME ? undefined : optionalAround(path);
  return group === undefined ? 'needed' : `needed with \`${group}\``;
}

const isOptional = (setting: z.ZodType): boolean => definitionOf(setting).type === 'optional';

/** The nearest group around a setting that may be left out with all that is in it, as far as it leads to the setting. */
function optionalAround(path: readonly string[]): string | undefined {
  const around = path.slice(0, -1);
  let settings: readonly z.ZodType[] = [schema];
  let from: number | undefined;
  for (const [depth, name] of around.entries()) {
    settings = settings.flatMap(setting => below(unwrapped(setting), name));
    if (settings.length > 0 && settings.every(isOptional)) from = depth;
  }
  return from === undefined ? undefined : around.slice(from).join('.');
}

function below(group: z.ZodType, name: string): readonly z.ZodType[] {
  const { shape, options = [], valueType } = definitionOf(group);
  const own = name === NAME ? valueType : shape?.[name];
  return [...(own === undefined ? [] : [own]), ...options.flatMap(option => below(option, name))];
}

/** What may stand there: a list of words, or what the setting itself says when it is given something that it cannot be. */
function valueText(setting: z.ZodType): string {
  const { enum: words, minimum, maximum, type, items, examples } = metaOf(setting);
  if (Array.isArray(words)) return words.map(word => `\`${word}\``).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'integer') return `${minimum} to ${maximum}`;
  const listed = (items as { readonly enum?: readonly string[] } | undefined)?.enum;
  if (listed !== undefined) return `some of ${listed.map(word => `\`${word}\``).join(', ')}`;
  if (items !== undefined) return 'a list';
  const requirement = requirementOf(setting) ?? 'text';
  const example = Array.isArray(examples) ? `, such as \`${examples[0]}\`` : '';
  return `${requirement.replace(/, has 1$/, '')}${example}`;
}

/** No setting takes all of these. */
const IMPOSSIBLE = ['\0', '/ \0'];

function requirementOf(setting: z.ZodType): string | undefined {
  const complaints = IMPOSSIBLE.map(text => setting.safeParse(text).error?.issues[0]?.message ?? '');
  return complaints.flatMap(complaint => /(?:must be|is not) (.+)/.exec(complaint)?.[1] ?? [])[0];
}

const heading = (path: readonly string[], depth: number): string =>
  `${'#'.repeat(depth)} \`${path.join('.')}\``;

function exampleOf(key: string): string {
  const example = EXAMPLES[key];
  return example === undefined ? '' : `\`\`\`yaml\n${example.trim()}\n\`\`\``;
}

const present = (parts: readonly string[]): string[] => parts.filter(part => part !== '');

function typeOf(shape: Shape): string {
  const type = shape['type'];
  return type instanceof z.ZodLiteral ? String(type.value) : '';
}

function without(shape: Shape, names: readonly string[]): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => !names.includes(name)));
}

function isGroup(setting: z.ZodType): boolean {
  const { shape, options, valueType } = definitionOf(setting);
  return shape !== undefined || options !== undefined || valueType !== undefined;
}

/** Behind what only says that it may be left out. */
function unwrapped(setting: z.ZodType): z.ZodType {
  const { innerType } = definitionOf(setting);
  return innerType === undefined ? setting : unwrapped(innerType);
}

const aboutOf = (setting: z.ZodType): string => String(metaOf(setting)['description'] ?? '');

/** The nearest that says something: zod keeps it where it was said. */
function metaOf(setting: z.ZodType): Readonly<Record<string, unknown>> {
  const own = z.globalRegistry.get(setting);
  const { innerType } = definitionOf(setting);
  return own ?? (innerType === undefined ? {} : metaOf(innerType));
}
