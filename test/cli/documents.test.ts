/** What the documents show is held against the program: configurations load, labels and variables are settings, commands and options exist. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseDocument } from 'yaml';
import { loadConfig } from '../../src/app/config/load.ts';
import { schema } from '../../src/app/config/schema.ts';
import { shortNames } from '../../src/app/config/short-form.ts';
import { buildProgram } from '../../src/cli/cli.ts';
import type { Dependencies, Io } from '../../src/cli/io.ts';
import { readBackendLabels } from '../../src/docker/backend-labels.ts';
import { nearest } from '../../src/lib/nearest.ts';
import { commandsOf, documents, type Piece, piecesOf } from '../support/documents.ts';
import { ROOT } from '../support/paths.ts';
import { SMALLEST } from './support.ts';

/** What a document leaves to the reader, and something that may stand there. */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/SHA256:…/g, `SHA256:${'A'.repeat(43)}`],
  [/hex:[0-9a-f]*…/g, `hex:${'5f'.repeat(32)}`],
];

const filledIn = (text: string): string => STAND_INS.reduce((all, [what, by]) => all.replace(what, by), text);

type Tree = Readonly<Record<string, unknown>>;

const isTree = (node: unknown): node is Tree =>
  typeof node === 'object' && node !== null && !Array.isArray(node);

interface Sources {
  readonly yaml?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What is wrong with settings that are part of a configuration; the rest of it may stand elsewhere. */
function faultsOf({ yaml, labels = {}, environment = {} }: Sources): string[] {
  const given = `${yaml}${Object.keys(labels)}${Object.keys(environment)}`;
  const hasAddress = /\bvips?\b/i.test(given);
  const { problems } = loadConfig({
    file: yaml === undefined ? undefined : { name: 'shown', content: yaml },
    proxy: { name: 'shown', labels },
    environment: { ...(hasAddress ? {} : SMALLEST), ...environment },
  });
  const missing = /is missing|no virtual router/;
  return problems
    .filter(({ severity, what }) => severity === 'error' && !(missing.test(what) && yaml === undefined))
    .map(({ path, what }) => `${path}: ${what}`);
}

/** As a compose file has them: a group, or a list of `name=value`. */
function pairsOf(node: unknown): Record<string, string> {
  if (isTree(node))
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, String(value)]));
  const items: readonly unknown[] = Array.isArray(node) ? node : [];
  return Object.fromEntries(items.map(item => String(item).split(/=(.*)/s).slice(0, 2)));
}

const only = (pairs: Record<string, string>, prefix: string): Record<string, string> =>
  Object.fromEntries(Object.entries(pairs).filter(([name]) => name.startsWith(prefix)));

/** A container that asks to be in an upstream has other labels than the proxy. */
function labelFaults(labels: Readonly<Record<string, string>>): string[] {
  if (labels['locum.upstream'] === undefined && labels['locum.port'] === undefined)
    return faultsOf({ labels });
  const { problems, warnings, memberships } = readBackendLabels(labels, nearest);
  return [...problems, ...warnings, ...memberships.flatMap(membership => membership.problems)];
}

const serviceFaults = (service: unknown): string[] =>
  isTree(service)
    ? [
        ...labelFaults(only(pairsOf(service['labels']), 'locum.')),
        ...faultsOf({ environment: only(pairsOf(service['environment']), 'LOCUM_') }),
      ]
    : [];

const COMPOSE = ['services', 'networks', 'volumes', 'labels', 'environment', 'cap_add', 'ulimits'];

/** Files of Prometheus. */
const FOREIGN = ['rule_files', 'scrape_configs', 'groups'];

function yamlFaults(text: string): string[] {
  const content = filledIn(text);
  const tree: unknown = parseDocument(content).toJS();
  if (!isTree(tree)) return ['holds no settings'];
  const names = Object.keys(tree);
  const ours = [...Object.keys(schema.shape), ...shortNames];
  if (names.every(name => ours.includes(name))) return faultsOf({ yaml: content });
  if (names.every(name => FOREIGN.includes(name))) return [];
  const stranger = names.find(name => !COMPOSE.includes(name));
  if (stranger !== undefined) return [`${stranger} is a setting neither of Locum nor of a compose file`];
  const services = isTree(tree['services']) ? Object.values(tree['services']) : [];
  return [tree, ...services].flatMap(serviceFaults);
}

/** Nothing is run. */
const nobody = { version: '0.0.0', stdout: { write() {} }, stderr: { write() {} } } as unknown as Io &
  Dependencies;
const program = buildProgram(nobody, nobody, () => undefined);

/** The words behind `locum`, held against the commands as they are defined. */
function locumFaults([name = '', ...args]: readonly string[]): string[] {
  if (name === '' || name.startsWith('--'))
    return ['--help', '--version', ''].includes(name) ? [] : [`no option ${name}`];
  const command = program.commands.find(each => each.name() === name);
  if (command === undefined) return [`there is no command ${name}`];
  try {
    const { operands, unknown } = command.parseOptions([...args]);
    const most = command.registeredArguments;
    const tooMany = !most.some(({ variadic }) => variadic) && operands.length > most.length;
    return [
      ...unknown.map(option => `locum ${name} has no option ${option}`),
      ...(tooMany ? [`locum ${name} takes no ${operands.at(-1)}`] : []),
    ];
  } catch (thrown) {
    return [`locum ${name}: ${String(thrown)}`];
  }
}

const scripts = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Tree }).scripts,
);

const services = new Set(
  readdirSync(join(ROOT, 'compose'))
    .filter(name => name.endsWith('.yaml'))
    .flatMap(name => {
      const { services: found } = parse(readFileSync(join(ROOT, 'compose', name), 'utf8')) as Tree;
      return isTree(found) ? Object.keys(found) : [];
    }),
);

const ASK_A_SERVICE = ['exec', 'stop', 'start', 'restart', 'kill', 'logs', 'run'];

/** Options that take a word with them. */
const WITH_A_WORD = /^(?:-f|--file|-p|--project-name|--entrypoint|--user|-u|--env-file)$/;

function composeFaults(words: readonly string[]): string[] {
  const files = words.filter((_, at) => /^(?:-f|--file)$/.test(words[at - 1] ?? ''));
  const missing = files
    .filter(file => file.startsWith('compose/') && !existsSync(join(ROOT, file)))
    .map(file => `there is no file ${file}`);
  const plain = words.filter((word, at) => !word.startsWith('-') && !WITH_A_WORD.test(words[at - 1] ?? ''));
  const [command = '', service, ...rest] = plain;
  if (!ASK_A_SERVICE.includes(command) || service === undefined) return missing;
  const unknown = services.has(service) ? [] : [`no compose file has a service ${service}`];
  return [
    ...missing,
    ...unknown,
    ...(rest[0] === 'locum' ? locumFaults(words.slice(words.lastIndexOf('locum') + 1)) : []),
  ];
}

function commandFaults(words: readonly string[]): string[] {
  const [first = '', second = '', third = ''] = words;
  if (/^[A-Z_]+=/.test(first)) {
    const environment = only(pairsOf([first]), 'LOCUM_');
    return [...faultsOf({ environment }), ...commandFaults(words.slice(1))];
  }
  if (first === 'sudo') return commandFaults(words.slice(1));
  if (first === 'locum') return locumFaults(words.slice(1));
  if (first === 'docker' && second === 'compose') return composeFaults(words.slice(2));
  if (first === 'docker' && words.includes('locum', 3)) return dockerExecFaults(words);
  if (first === 'npm' && second === 'run')
    return scripts.includes(third) ? [] : [`there is no npm script ${third}`];
  return /^(?:node|sh)$/.test(first) &&
    /^(?:test|compose|docker)\//.test(second) &&
    !existsSync(join(ROOT, second))
    ? [`there is no file ${second}`]
    : [];
}

/** `docker exec CONTAINER locum …`; in other commands of Docker the word is a name. */
function dockerExecFaults(words: readonly string[]): string[] {
  return words[1] === 'exec' ? locumFaults(words.slice(words.lastIndexOf('locum') + 1)) : [];
}

/** Lines such as `locum.vip=…` in a block of plain text. */
const shownLabels = (text: string): Record<string, string> =>
  pairsOf(text.split(/\n|\s{2,}/).filter(line => /^locum\.[\w.-]+=/.test(line)));

const prompted = (text: string): string =>
  text
    .split('\n')
    .flatMap(line => /^\$ (.*)/.exec(line)?.[1] ?? [])
    .join('\n');

/** In the text an option may be named without what it takes. */
const WITHOUT_ARGUMENT = /argument missing/;

function faults({ kind, text }: Piece): string[] {
  switch (kind) {
    case 'yaml':
      return yamlFaults(text);
    case 'sh':
      return commandsOf(text).flatMap(commandFaults);
    case 'text':
      return [...labelFaults(shownLabels(text)), ...commandsOf(prompted(text)).flatMap(commandFaults)];
    case 'inline':
      return /^(?:locum|npm run|docker compose) /.test(text) && !text.includes('…')
        ? commandsOf(text)
            .flatMap(commandFaults)
            .filter(fault => !WITHOUT_ARGUMENT.test(fault))
        : [];
    default:
      return [];
  }
}

describe('what the documents show', () => {
  for (const path of documents())
    test(path, () => {
      const found = piecesOf(path).flatMap(piece =>
        faults(piece).map(
          fault => `${piece.at}: ${fault}${piece.kind === 'inline' ? ` (\`${piece.text}\`)` : ''}`,
        ),
      );
      assert.equal(found.join('\n'), '');
    });

  test('is found: settings, commands and labels', () => {
    const pieces = documents().flatMap(piecesOf);
    const count = (kind: string) => pieces.filter(each => each.kind === kind).length;
    assert.ok(
      count('yaml') > 20 && count('sh') > 5 && count('text') > 3,
      `${count('yaml')} ${count('sh')} ${count('text')}`,
    );
  });
});

describe('the check finds', () => {
  const bad: readonly (readonly [kind: string, text: string])[] = [
    ['yaml', 'vrid: 300\nvip: 198.18.51.100/24\n'],
    ['yaml', 'notfy: {}\n'],
    ['yaml', 'labels: {locum.track.nginx.tpye: process}\n'],
    ['yaml', 'services: {web: {environment: [LOCUM_VRIDD=51]}}\n'],
    ['sh', 'locum frobnicate'],
    ['sh', 'locum status --jsn'],
    ['sh', 'locum run --config'],
    ['sh', 'tcpdump -w - proto 112 | locum decode --lve    # a comment'],
    ['sh', 'docker compose -f compose/none.yaml up'],
    ['sh', 'docker compose exec nobody true'],
    ['sh', 'docker compose exec locum locum frobnicate'],
    ['sh', 'npm run nothing'],
    ['text', 'locum.vipp=198.18.51.100/24'],
    ['text', '$ locum explian a.yaml'],
    ['inline', 'locum drain --forced'],
  ];
  for (const [kind, text] of bad) test(text, () => assert.equal(faults({ at: '', kind, text }).length, 1));
});
