/** `locum explain`: what these nodes would do together, and `--suggest`: which weights would do what is wanted. */

import { formatProblems, hasErrors, type Problem } from '../app/config/problems.ts';
import { type Explanation, explain } from '../explain/explain.ts';
import { explanationJson } from '../explain/json.ts';
import type { NodeModel, Nodes } from '../explain/model.ts';
import { deafnesses } from '../explain/pairing.ts';
import { renderExplanation } from '../explain/render.ts';
import { parseRules, RULES_HELP } from '../explain/rules.ts';
import { type Suggestion, suggest } from '../explain/suggest.ts';
import { type Dependencies, EXIT, type ExitCode, type Io } from './io.ts';
import { type ImaginedNode, type Member, virtualRouters, withLocum } from './node-models.ts';
import { readSources } from './node-sources.ts';

export interface ExplainOptions {
  /** Every node of the engine takes part. */
  readonly docker?: boolean;
  readonly json?: boolean;
  readonly suggest?: string;
}

/** A virtual router with what is to be shown of it. */
interface Subject {
  readonly vrid: number;
  readonly members: readonly Member[];
  readonly nodes: Nodes;
  readonly suggestion: Suggestion | undefined;
}

/** `sources`: files, and `docker:NAME` for a container's node. */
export async function explainNodes(
  sources: readonly string[],
  options: ExplainOptions,
  io: Io,
  dependencies: Dependencies,
): Promise<ExitCode> {
  const { nodes, problems: unread } = await readSources(sources, options.docker === true, io, dependencies);
  const grouped = hasErrors(unread) ? NOTHING : subjectsOf(nodes, options.suggest);
  const problems = [...unread, ...grouped.problems];
  const ok = !hasErrors(problems);
  const subjects = ok ? grouped.subjects : [];
  if (options.json === true) {
    const routers = subjects.map(subjectJson);
    io.stdout.write(`${JSON.stringify({ ok, problems, routers }, undefined, 2)}\n`);
  } else {
    if (problems.length > 0) io.stderr.write(`${formatProblems(problems)}\n`);
    if (ok) io.stdout.write(`${subjects.map(subjectText).join('\n\n')}\n`);
    else io.stderr.write('Nothing can be explained.\n');
  }
  return ok ? EXIT.done : EXIT.refused;
}

function refusal(path: string, what: string, fix: string): Problem {
  return { severity: 'error', path, what, source: 'the command line', fix };
}

interface Grouping {
  readonly subjects: readonly Subject[];
  readonly problems: readonly Problem[];
}

const NOTHING: Grouping = { subjects: [], problems: [] };

/** The work grows with the square of the trackers. */
const MOST_TRACKERS = 128;

function tooMany(nodes: readonly ImaginedNode[]): Problem[] {
  const trackers = nodes.map(({ routers }) =>
    Math.max(0, ...routers.map(({ model }) => model.trackers.length)),
  );
  const count = trackers.reduce((sum, most) => sum + most, 0);
  if (count <= MOST_TRACKERS) return [];
  const what = `the nodes have ${count} trackers together; ${MOST_TRACKERS} at most can be explained`;
  return [refusal('track', what, 'explain fewer nodes at a time')];
}

function subjectsOf(nodes: readonly ImaginedNode[], wish: string | undefined): Grouping {
  const subjects: Subject[] = [];
  const problems: Problem[] = tooMany(nodes);
  if (hasErrors(problems)) return { subjects, problems };
  const routers = virtualRouters(nodes);
  const shared = routers.some(members => members.length > 1);
  if (nodes.length > 1 && !shared) return { subjects, problems: [nothingShared(routers.flat())] };
  for (const members of routers) {
    problems.push(...missing(members, nodes), ...brokenPairs(members));
    const [first, ...rest] = members.map(({ router }) => router);
    if (first === undefined) continue;
    const models = [first.model, ...rest.map(({ model }) => model)] as const;
    subjects.push({ vrid: first.vrid, members, nodes: models, suggestion: undefined });
  }
  return wish === undefined || hasErrors(problems)
    ? { subjects, problems }
    : wished(subjects, problems, wish);
}

function nothingShared(members: readonly Member[]): Problem {
  const where = members.map(({ node, router }) => `${node.name} (${router.sourceOf('vrid')})`);
  return {
    severity: 'error',
    path: 'vrrp',
    what: 'the nodes have no VRID in common, so they are no pair',
    source: where.join(', '),
    fix: 'give the virtual router that they share the same vrid on each of them',
  };
}

function missing(members: readonly Member[], nodes: readonly ImaginedNode[]): Problem[] {
  const lacking = nodes.filter(node => members.every(member => member.node !== node)).map(({ name }) => name);
  const [first] = members;
  if (lacking.length === 0 || first === undefined) return [];
  return [
    {
      severity: 'warning',
      path: `vrrp.${first.router.name}`,
      what: `VRID ${first.router.vrid} is not configured on ${lacking.join(', ')}`,
      source: first.router.sourceOf('vrid'),
      fix: 'configure it there too, or expect nobody to take over',
    },
  ];
}

/** Settings in which the members do not understand each other. */
function brokenPairs(members: readonly Member[]): Problem[] {
  return deafnesses(members.map(({ router }) => router.model)).map(({ setting, text, fix }) => ({
    severity: 'error',
    path: `vrrp.${members[0]?.router.name}.${setting}`,
    what: text,
    source: members.map(({ node, router }) => `${node.name}: ${router.sourceOf(setting)}`).join(', '),
    fix,
  }));
}

/** The subjects with what is suggested for the one virtual router there must be. */
function wished(subjects: readonly Subject[], problems: readonly Problem[], wish: string): Grouping {
  const refuse = (what: string, fix: string): Grouping => ({
    subjects: [],
    problems: [...problems, refusal('--suggest', what, fix)],
  });
  const [subject, ...more] = subjects;
  if (subject === undefined || more.length > 0)
    return refuse(
      `needs one virtual router, and there are ${subjects.length}: the trackers' weights count for all of them`,
      'suggest for files with one virtual router',
    );
  const rules = parseRules(wish);
  if (!rules.ok) return refuse(rules.error, RULES_HELP);
  const suggestion = suggest(subject.nodes, rules.value);
  if (!suggestion.ok) return refuse(suggestion.error.join('; '), RULES_HELP);
  return {
    subjects: [{ ...subject, nodes: suggestion.value.nodes, suggestion: suggestion.value }],
    problems,
  };
}

function subjectText({ vrid, members, nodes, suggestion }: Subject): string {
  const names = [...new Set(members.map(({ router }) => router.name))].join(', ');
  const title = `${names}: VRID ${vrid}, ${nodes[0].addresses.join(', ')}`;
  const proposal = suggestion === undefined ? [] : [...suggestionText(suggestion, members), ''];
  return [...proposal, title, '', renderExplanation(explain(nodes), otherwise(nodes))].join('\n');
}

/** With Locum everywhere, where it is not yet. */
function otherwise([first, ...rest]: Nodes): Explanation | undefined {
  if ([first, ...rest].every(({ program }) => program === 'locum')) return undefined;
  return explain([withLocum(first), ...rest.map(withLocum)]);
}

/** As the nodes spell it: `track.nginx.weight: -30`, or `chk_nginx weight: 4` where no node runs Locum. */
function suggestionText({ weights, priorities }: Suggestion, members: readonly Member[]): string[] {
  const models = members.map(({ router }) => router.model);
  const isLocum = ({ program }: NodeModel) => program === 'locum';
  const lines = [...weights].map(([tracker, weight]) => {
    const now = new Set(models.map(model => weightOf(model, tracker)));
    const setting = models.some(isLocum) ? `track.${tracker}.weight` : `${tracker} weight`;
    return [`${setting}: ${weight}`, `# on every node, now ${[...now].join(' and ')}`];
  });
  const others = members.flatMap(({ node, router: { name, model } }) => {
    const priority = priorities.get(node.name);
    const setting = isLocum(model) ? `vrrp.${name}.priority` : `${name} priority`;
    return priority === undefined
      ? []
      : [[`${setting}: ${priority}`, `# on ${node.name}, now ${model.priority}`]];
  });
  const rows = [...lines, ...others];
  const width = Math.max(...rows.map(([setting = '']) => setting.length));
  return ['Suggested', ...rows.map(([setting = '', remark]) => `  ${setting.padEnd(width)}  ${remark}`)];
}

function weightOf({ trackers }: NodeModel, name: string): number | undefined {
  return trackers.find(tracker => tracker.name === name)?.weight;
}

function subjectJson({ vrid, members, nodes, suggestion }: Subject) {
  const proposal = suggestion && {
    weights: Object.fromEntries(suggestion.weights),
    priorities: Object.fromEntries(suggestion.priorities),
  };
  return {
    vrid,
    names: members.map(({ node, router }) => ({ node: node.name, router: router.name })),
    suggestion: proposal ?? null,
    ...explanationJson(explain(nodes), otherwise(nodes)),
  };
}
