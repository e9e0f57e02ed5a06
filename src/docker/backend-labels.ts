/**
 * What the labels of one container say of it as a backend: in which upstreams it asks to be, as what, and what it says of those upstreams.
 * Every value is validated here.
 */

import type { Result } from '../lib/result.ts';
import {
  BOOLEAN,
  type Grammar,
  OPTION_GRAMMAR,
  type OptionValues,
  PORT,
  SERVER_GRAMMAR,
  type ServerValues,
  type Values,
} from '../lib/upstream-grammar.ts';
import { parseUpstreamName, type UpstreamName } from '../lib/upstream-name.ts';
import {
  BACKEND_LABELS,
  DEFAULT_PREFIX,
  ENABLE_LABEL,
  LABEL_PREFIX,
  type Labels,
  locumLabels,
  OPTION_KEYS,
  parseUpstreamLabel,
  ROLE_LABEL,
  SERVER_KEYS,
  UPSTREAM_LABEL,
  writtenLabel,
} from './labels.ts';
import { bounded, clip, MOST_LABELS, MOST_PROBLEMS, MOST_WARNINGS, shown } from './limits.ts';

/** What a container says of itself as a server; undefined: not said. */
export interface ServerLabels {
  /** 1 to 65535. */
  readonly port: number | undefined;
  readonly network: string | undefined;
  readonly server: ServerValues;
}

/** One upstream that a container asks to be in. */
export interface Membership {
  readonly upstream: UpstreamName;
  readonly labels: ServerLabels;
  /** Values that break their grammar: the container is left out of this upstream with these reasons. */
  readonly problems: readonly string[];
}

export interface BackendReading {
  readonly enable: boolean | undefined;
  /** In the order of their names. */
  readonly memberships: readonly Membership[];
  /** What it says of upstreams as a whole. */
  readonly options: ReadonlyMap<UpstreamName, OptionValues>;
  /** Why it names no upstream, or none that is one; beside the problems of its memberships. Bounded. */
  readonly problems: readonly string[];
  /** What leaves nothing out: unknown labels, options that break their grammar. Bounded. */
  readonly warnings: readonly string[];
}

export type Nearest = (name: string, valid: readonly string[]) => string | undefined;

/** The labels of one container, under the default prefix, and how one of them is written. */
interface Source {
  readonly labels: Labels;
  readonly written: (label: string) => string;
}

/**
 * Reads the labels of one container. `nearest` finds the name a misspelt one stands for; `labelPrefix` is the one they were written
 * under.
 */
export function readBackendLabels(
  labels: Labels,
  nearest: Nearest,
  labelPrefix: string = DEFAULT_PREFIX,
): BackendReading {
  const source: Source = { labels, written: label => writtenLabel(label, labelPrefix) };
  const locum = locumLabels(labels).sort();
  const read = locum.slice(0, MOST_LABELS);
  const about = labelsAboutUpstreams(read);
  const byUpstream = groupByUpstream(about);
  const enabling = new Reader(source, () => ENABLE_LABEL);
  const enable = enabling.read('enable', BOOLEAN);
  const naming = upstreamsNamed(source, about);
  const common = new Reader(source, key => `${LABEL_PREFIX}${key}`);
  const everywhere = readServer(common);
  const shared = [...enabling.problems, ...common.problems];
  const { options, problems: optionProblems } = readOptions(source, about, byUpstream);
  const told = [...unreadLabels(locum.length), ...optionProblems];
  return {
    enable,
    memberships: naming.names.map(upstream =>
      readMembership(upstream, everywhere, shared, source, byUpstream.get(upstream)),
    ),
    options,
    problems: bounded(naming.problems, MOST_PROBLEMS),
    warnings: bounded([...told, ...unknownLabels(source, read, nearest)], MOST_WARNINGS),
  };
}

const unreadLabels = (labels: number): readonly string[] =>
  labels <= MOST_LABELS
    ? []
    : [`has ${labels} labels of Locum; of those about upstreams the first ${MOST_LABELS} by name are read`];

function readMembership(
  upstream: UpstreamName,
  everywhere: ServerLabels,
  shared: readonly string[],
  source: Source,
  its: readonly AboutUpstream[] | undefined,
): Membership {
  if (its === undefined) return { upstream, labels: everywhere, problems: shared };
  const own = new Reader(source, key => labelOf(its, key));
  const { port, network, server } = readServer(own);
  return {
    upstream,
    labels: {
      port: port ?? everywhere.port,
      network: network ?? everywhere.network,
      server: { ...everywhere.server, ...server },
    },
    problems: [...shared, ...own.problems],
  };
}

/** Values under labels that a function names, and what was wrong with them. */
class Reader {
  readonly problems: string[] = [];
  readonly #source: Source;
  readonly #labelOf: (key: string) => string | undefined;

  constructor(source: Source, labelFor: (key: string) => string | undefined) {
    this.#source = source;
    this.#labelOf = labelFor;
  }

  read<T>(key: string, { parse, want }: Grammar<T>): T | undefined {
    const { labels, written } = this.#source;
    const label = this.#labelOf(key);
    if (label === undefined || !Object.hasOwn(labels, label)) return undefined;
    const value = labels[label] ?? '';
    const parsed = parse(value.trim());
    if (parsed === undefined) this.problems.push(`label ${shown(written(label))}=${clip(value)}: ${want}`);
    return parsed;
  }
}

/** Docker's own rule for names of networks. */
const NETWORK: Grammar<string> = {
  want: 'not the name of a network',
  parse: text => (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(text) ? text : undefined),
};

function readServer(reader: Reader): ServerLabels {
  return {
    port: reader.read('port', PORT),
    network: reader.read('network', NETWORK),
    server: readAll(reader, SERVER_GRAMMAR),
  };
}

/** Reads each key of a grammar; what is not said is not there. */
function readAll<G extends Readonly<Record<string, Grammar<unknown>>>>(
  reader: Reader,
  grammar: G,
): Values<G> {
  const read = Object.entries(grammar).map(([key, each]) => [key, reader.read(key, each)]);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

interface Naming {
  readonly names: readonly UpstreamName[];
  readonly problems: readonly string[];
}

/** The upstreams that a container names, by its list, by labels about one, or by its compose service. */
function upstreamsNamed(source: Source, about: readonly AboutUpstream[]): Naming {
  const { labels } = source;
  const listed = Object.hasOwn(labels, UPSTREAM_LABEL) ? (labels[UPSTREAM_LABEL] ?? '') : undefined;
  const texts = listed?.split(',', MOST_LABELS + 1) ?? [];
  const written = texts.slice(0, MOST_LABELS).map(text => named(text.trim(), UPSTREAM_LABEL, text, source));
  const alone = about
    .filter(({ key }) => SERVER_KEYS.includes(key))
    .map(({ label, upstream }) => named(upstream, label, labels[label] ?? '', source));
  const all = [...written, ...alone];
  if (all.length === 0) return serviceNamed(source);
  const names = all.flatMap(name => (name.ok ? [name.value] : []));
  const unread = `label ${source.written(UPSTREAM_LABEL)}=${clip(listed ?? '')}: its first ${MOST_LABELS} names are read`;
  const problems = all.flatMap(name => (name.ok ? [] : [name.error]));
  return {
    names: [...new Set(names)].sort(),
    problems: texts.length > MOST_LABELS ? [unread, ...problems] : problems,
  };
}

const COMPOSE_SERVICE = 'com.docker.compose.service';

function serviceNamed({ labels, written }: Source): Naming {
  const label = written(UPSTREAM_LABEL);
  const service = labels[COMPOSE_SERVICE];
  if (service === undefined)
    return {
      names: [],
      problems: [`label ${label} is missing, and no compose service names the upstream`],
    };
  const name = parseUpstreamName(service);
  if (name.ok) return { names: [name.value], problems: [] };
  const problem = `the compose service ${clip(service)} ${name.error}; give it a ${label} label`;
  return { names: [], problems: [problem] };
}

const NOT_A_NAME = 'not the name of an upstream (a-z, 0-9, ".", "_", "-"; a letter in it)';

function named(
  text: string,
  label: string,
  value: string,
  { written }: Source,
): Result<UpstreamName, string> {
  const name = parseUpstreamName(text);
  return name.ok
    ? name
    : { ok: false, error: `label ${shown(written(label))}=${clip(value)}: ${NOT_A_NAME}` };
}

interface AboutUpstream {
  readonly label: string;
  readonly upstream: string;
  readonly key: string;
}

/** By the name in the label, which may be in capitals there. */
type ByUpstream = ReadonlyMap<string, readonly AboutUpstream[]>;

function groupByUpstream(about: readonly AboutUpstream[]): ByUpstream {
  const groups = new Map<string, AboutUpstream[]>();
  for (const each of about) {
    const name = each.upstream.toLowerCase();
    const group = groups.get(name) ?? [];
    group.push(each);
    groups.set(name, group);
  }
  return groups;
}

function labelsAboutUpstreams(labels: readonly string[]): readonly AboutUpstream[] {
  return labels.flatMap(label => {
    const about = parseUpstreamLabel(label);
    return about === undefined ? [] : [{ label, ...about }];
  });
}

const labelOf = (about: readonly AboutUpstream[], key: string): string | undefined =>
  about.find(each => each.key === key)?.label;

function readOptions(
  source: Source,
  about: readonly AboutUpstream[],
  byUpstream: ByUpstream,
): Pick<BackendReading, 'options' | 'problems'> {
  const saying = about.filter(({ key }) => OPTION_KEYS.includes(key));
  const names = saying.map(({ label, upstream }) =>
    named(upstream, label, source.labels[label] ?? '', source),
  );
  const problems = names.flatMap(name => (name.ok ? [] : [name.error]));
  const options = new Map<UpstreamName, OptionValues>();
  for (const name of names) {
    if (!name.ok || options.has(name.value)) continue;
    const its = byUpstream.get(name.value) ?? [];
    const reader = new Reader(source, key => labelOf(its, key));
    options.set(name.value, readAll(reader, OPTION_GRAMMAR));
    problems.push(...reader.problems);
  }
  return { options, problems };
}

/** Longer than any name that it could be a slip of. */
const LONGEST_SLIP = 128;

function unknownLabels({ written }: Source, labels: readonly string[], nearest: Nearest): readonly string[] {
  const unknown = labels.filter(key => !isKnown(key));
  return unknown.map((key, at) => {
    const isGuessed = at < MOST_WARNINGS && key.length <= LONGEST_SLIP;
    const meant = isGuessed ? nearest(key, namesLike(key)) : undefined;
    return `unknown label ${clip(written(key))}${meant === undefined ? '' : `; did you mean ${written(meant)}?`}`;
  });
}

function isKnown(label: string): boolean {
  const key = parseUpstreamLabel(label)?.key;
  if (key !== undefined) return SERVER_KEYS.includes(key) || OPTION_KEYS.includes(key);
  return BACKEND_LABELS.includes(label) || label === ROLE_LABEL;
}

/** The labels that a misspelt one may stand for. */
function namesLike(label: string): readonly string[] {
  const upstream = parseUpstreamLabel(label)?.upstream;
  if (upstream === undefined || !parseUpstreamName(upstream).ok) return BACKEND_LABELS;
  return [...SERVER_KEYS, ...OPTION_KEYS].map(key => `${UPSTREAM_LABEL}.${upstream}.${key}`);
}
