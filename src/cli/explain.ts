/** `locum explain`: what the nodes of these files would do together, and `--suggest`: which weights would do what is wanted. */

import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readConfigFile } from '../app/config/file.ts';
import { loadConfig } from '../app/config/load.ts';
import { formatProblems, hasErrors, type Problem } from '../app/config/problems.ts';
import { explain } from '../explain/explain.ts';
import { explanationJson } from '../explain/json.ts';
import type { NodeModel, Nodes } from '../explain/model.ts';
import { mismatches } from '../explain/pairing.ts';
import { renderExplanation } from '../explain/render.ts';
import { parseRules, RULES_HELP } from '../explain/rules.ts';
import { type Suggestion, suggest } from '../explain/suggest.ts';
import { EXIT, type ExitCode, type Io } from './io.ts';
import { type Member, type NodeConfig, virtualRouters } from './node-models.ts';

export interface ExplainOptions {
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

export async function explainFiles(
  files: readonly string[],
  options: ExplainOptions,
  io: Io,
): Promise<ExitCode> {
  const { nodes, problems: unread } = await readNodes(files);
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

interface Reading {
  readonly nodes: readonly NodeConfig[];
  readonly problems: readonly Problem[];
}

/** Each file by itself: what labels and the environment of its host would add is not known here. */
async function readNodes(files: readonly string[]): Promise<Reading> {
  const twice = await givenTwice(files);
  if (twice !== undefined) return { nodes: [], problems: [twice] };
  const names = nodeNames(files);
  const nodes: NodeConfig[] = [];
  const problems: Problem[] = [];
  for (const [index, path] of files.entries()) {
    const file = await readConfigFile(path, {});
    if (!file.ok) {
      problems.push({ ...file.error, source: COMMAND_LINE });
      continue;
    }
    const loaded = loadConfig({ file: file.value, proxy: undefined, environment: {} });
    problems.push(...loaded.problems);
    const { config, settings } = loaded;
    if (config !== undefined) nodes.push({ name: names[index] ?? path, config, settings });
  }
  return { nodes, problems };
}

const COMMAND_LINE = 'the command line';

async function givenTwice(files: readonly string[]): Promise<Problem | undefined> {
  const real = await Promise.all(files.map(file => realpath(file).catch(() => resolve(file))));
  const twice = files.find((_, index) => real.indexOf(real[index] ?? '') !== index);
  return twice === undefined
    ? undefined
    : refusal('file', `${twice} is given twice`, 'name the file of each node once');
}

function refusal(path: string, what: string, fix: string): Problem {
  return { severity: 'error', path, what, source: COMMAND_LINE, fix };
}

const LONGEST_NAME = 12;

/** The files' own names where they are short and differ, else `node1`, `node2` in the order of the command line. */
function nodeNames(files: readonly string[]): string[] {
  const names = files.map(file => basename(file).replace(/\.ya?ml$/i, ''));
  const usable = names.every(name => /^[\w.-]+$/.test(name) && name.length <= LONGEST_NAME);
  return usable && new Set(names).size === names.length ? names : files.map((_, index) => `node${index + 1}`);
}

interface Grouping {
  readonly subjects: readonly Subject[];
  readonly problems: readonly Problem[];
}

const NOTHING: Grouping = { subjects: [], problems: [] };

/** The work grows with the square of the trackers. */
const MOST_TRACKERS = 128;

function tooMany(nodes: readonly NodeConfig[]): Problem[] {
  const count = nodes.reduce((sum, { config }) => sum + Object.keys(config.track).length, 0);
  if (count <= MOST_TRACKERS) return [];
  const what = `the nodes have ${count} trackers together; ${MOST_TRACKERS} at most can be explained`;
  return [refusal('track', what, 'explain fewer nodes at a time')];
}

function subjectsOf(nodes: readonly NodeConfig[], wish: string | undefined): Grouping {
  const subjects: Subject[] = [];
  const problems: Problem[] = tooMany(nodes);
  if (hasErrors(problems)) return { subjects, problems };
  const routers = virtualRouters(nodes);
  const shared = [...routers.values()].some(members => members.length > 1);
  if (nodes.length > 1 && !shared)
    return { subjects, problems: [nothingShared([...routers.values()].flat())] };
  for (const [vrid, members] of routers) {
    problems.push(...missing(vrid, members, nodes), ...brokenPairs(members));
    const [first, ...rest] = members.map(({ model }) => model);
    if (first !== undefined) subjects.push({ vrid, members, nodes: [first, ...rest], suggestion: undefined });
  }
  return wish === undefined || hasErrors(problems)
    ? { subjects, problems }
    : wished(subjects, problems, wish);
}

function nothingShared(members: readonly Member[]): Problem {
  const where = members.map(
    ({ node, router, model }) => `${model.name} (${sourceOf(node, `vrrp.${router}.vrid`)})`,
  );
  return {
    severity: 'error',
    path: 'vrrp',
    what: 'the nodes have no VRID in common, so they are no pair',
    source: where.join(', '),
    fix: 'give the virtual router that they share the same vrid on each of them',
  };
}

function missing(vrid: number, members: readonly Member[], nodes: readonly NodeConfig[]): Problem[] {
  const lacking = nodes.filter(node => members.every(member => member.node !== node)).map(({ name }) => name);
  const [first] = members;
  if (lacking.length === 0 || first === undefined) return [];
  return [
    {
      severity: 'warning',
      path: `vrrp.${first.router}`,
      what: `VRID ${vrid} is not configured on ${lacking.join(', ')}`,
      source: sourceOf(first.node, `vrrp.${first.router}.vrid`),
      fix: 'configure it there too, or expect nobody to take over',
    },
  ];
}

/** Settings in which the members do not understand each other. */
function brokenPairs(members: readonly Member[]): Problem[] {
  return mismatches(members.map(({ model }) => model))
    .filter(({ breaks }) => breaks)
    .map(({ setting, text }) => {
      const path = (router: string) => `vrrp.${router}.${setting === 'auth' ? 'auth.type' : setting}`;
      return {
        severity: 'error',
        path: path(members[0]?.router ?? ''),
        what: text,
        source: members.map(({ node, router }) => `${node.name}: ${sourceOf(node, path(router))}`).join(', '),
        fix: 'use the same on all nodes',
      };
    });
}

function sourceOf(node: NodeConfig, path: string): string {
  return node.settings.find(setting => setting.path === path)?.source ?? 'not set anywhere';
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
  const names = [...new Set(members.map(({ router }) => router))].join(', ');
  const title = `${names}: VRID ${vrid}, ${nodes[0].addresses.join(', ')}`;
  const proposal = suggestion === undefined ? [] : [...suggestionText(suggestion, members), ''];
  return [...proposal, title, '', renderExplanation(explain(nodes))].join('\n');
}

function suggestionText({ weights, priorities }: Suggestion, members: readonly Member[]): string[] {
  const models = members.map(({ model }) => model);
  const lines = [...weights].map(([tracker, weight]) => {
    const now = new Set(models.map(model => weightOf(model, tracker)));
    return [`track.${tracker}.weight: ${weight}`, `# on every node, now ${[...now].join(' and ')}`];
  });
  const others = members.flatMap(({ node, router, model }) => {
    const priority = priorities.get(model.name);
    return priority === undefined
      ? []
      : [[`vrrp.${router}.priority: ${priority}`, `# on ${node.name}, now ${model.priority}`]];
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
    names: members.map(({ node, router }) => ({ node: node.name, router })),
    suggestion: proposal ?? null,
    ...explanationJson(explain(nodes)),
  };
}
