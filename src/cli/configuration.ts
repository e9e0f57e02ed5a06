/** The configuration as the commands need it: sources gathered, merged, and held against this host. */

import { checkEngines, credentialsOf } from '../app/config/check-engines.ts';
import { checkCapabilities, checkHost } from '../app/config/check-host.ts';
import { checkNotify, hookFilesOf } from '../app/config/check-notify.ts';
import { checkScheduling } from '../app/config/check-scheduling.ts';
import { checkTrackers, filesOf } from '../app/config/check-trackers.ts';
import type { Config } from '../app/config/config.ts';
import { readConfigFile } from '../app/config/file.ts';
import { controlSettings, type Sources } from '../app/config/load.ts';
import { LOADING_HERE, type Loading } from '../app/config/loading.ts';
import { hasErrors, type Problem } from '../app/config/problems.ts';
import type { Setting } from '../app/config/settings.ts';
import type { ProxyContainer } from '../app/proxy-reading.ts';
import type { Dependencies, Io } from './io.ts';
import { readKeepalivedSource } from './keepalived-file.ts';
import { holdsInstance } from './node-keepalived.ts';

export interface Gathered {
  /** Undefined when there is an error among the problems. */
  readonly config: Config | undefined;
  readonly settings: readonly Setting[];
  readonly problems: readonly Problem[];
  /** The same problems by what they are about. */
  readonly findings: Findings;
  /** What the sources ask for, also when this host cannot give it. */
  readonly wanted: Config | undefined;
  readonly proxy: ProxyContainer | undefined;
}

export interface Findings {
  /** The engine and the proxy. */
  readonly engine: readonly Problem[];
  /** Lines of a keepalived.conf that do not do what their author meant: warnings. */
  readonly mistakes: readonly Problem[];
  /** The sources by themselves. */
  readonly sources: readonly Problem[];
  readonly interfaces: readonly Problem[];
  /** What trackers, hooks and engines name. */
  readonly programs: readonly Problem[];
  readonly capabilities: readonly Problem[];
  readonly scheduling: readonly Problem[];
}

export interface GatherOptions {
  /** The file named on the command line. */
  readonly file: string | undefined;
  /** A keepalived.conf in its place. */
  readonly keepalivedConf?: string | undefined;
  /** Neither the engine nor the host is looked at. */
  readonly offline: boolean;
  /**
   * For a process that is the daemon already: how it loads. No scheduling is tried there, which would change that of its threads.
   */
  readonly running?: Loading;
}

export async function gather(options: GatherOptions, io: Io, dependencies: Dependencies): Promise<Gathered> {
  const { file, problems: told, mistakes } = await readSource(options, io, dependencies);
  if (hasErrors(told) && file === undefined) return unreadable(told, mistakes);
  const local = { file, environment: io.environment };
  const loading = options.running ?? LOADING_HERE;
  const docker = options.offline ? undefined : await loading.docker(local);
  const reading =
    docker?.enabled === true ? await dependencies.readProxy(docker) : { proxy: undefined, problems: [] };
  const engineSilent = hasErrors(reading.problems);
  const sources = { ...local, proxy: reading.proxy, engineSilent };
  const { config, settings, problems } = await loading.whole(sources);
  const host = options.offline ? NOTHING : await hostProblemsOf(config, settings, options, dependencies);
  const unneeded = engineSilent && config?.docker.enabled === false;
  const engine = reading.problems.map(withSource(settings)).map(unneeded ? asWarning : same);
  const findings = { engine, mistakes, sources: [...told, ...problems], ...host };
  const all = Object.values(findings).flat();
  return {
    config: hasErrors(all) ? undefined : config,
    settings,
    problems: all,
    findings,
    wanted: config,
    proxy: reading.proxy,
  };
}

type HostFindings = Omit<Findings, 'engine' | 'mistakes' | 'sources'>;

const NOTHING: HostFindings = { interfaces: [], programs: [], capabilities: [], scheduling: [] };

function unreadable(sources: readonly Problem[], mistakes: readonly Problem[]): Gathered {
  const findings = { engine: [], mistakes, sources, ...NOTHING };
  return {
    config: undefined,
    settings: [],
    problems: [...mistakes, ...sources],
    findings,
    wanted: undefined,
    proxy: undefined,
  };
}

interface Source {
  /** Undefined: there is none, or nothing can be made of it, which is an error among the problems. */
  readonly file: Sources['file'];
  readonly problems: readonly Problem[];
  readonly mistakes: readonly Problem[];
}

/** What stands in the place of the file. */
async function readSource(
  { file: named, keepalivedConf }: GatherOptions,
  io: Io,
  dependencies: Dependencies,
): Promise<Source> {
  if (keepalivedConf !== undefined) {
    const { layer, problems, mistakes } = readKeepalivedSource(keepalivedConf, dependencies);
    return { file: layer, problems, mistakes };
  }
  const file = await readConfigFile(named, io.environment);
  if (!file.ok) return { file: undefined, problems: [file.error], mistakes: [] };
  const { value } = file;
  const other = value !== undefined && holdsInstance(value.content);
  return other
    ? { file: undefined, problems: [notYaml(value.name)], mistakes: [] }
    : { file: value, problems: [], mistakes: [] };
}

function notYaml(name: string): Problem {
  return {
    severity: 'error',
    path: 'file',
    what: `${name} is a file of keepalived, not one of Locum`,
    source: name,
    fix: `use --keepalived-conf ${name}, or make a YAML file of it: locum convert ${name}`,
  };
}

/** An engine that nobody needs. */
function asWarning(problem: Problem): Problem {
  return {
    ...problem,
    severity: 'warning',
    what: `${problem.what}: labels do not count, and nothing else needs it`,
  };
}

const same = (problem: Problem): Problem => problem;

/** Those who look at the world know the setting, and not where it came from. */
function withSource(settings: readonly Setting[]): (problem: Problem) => Problem {
  return problem => {
    const setting = settings.find(({ path }) => path === problem.path);
    return setting === undefined ? problem : { ...problem, source: setting.source };
  };
}

async function hostProblemsOf(
  config: Config | undefined,
  settings: readonly Setting[],
  { running }: GatherOptions,
  dependencies: Dependencies,
): Promise<HostFindings> {
  const host = await dependencies.readHost();
  const capabilities = checkCapabilities(host.capabilities, config);
  if (config === undefined) return { ...NOTHING, capabilities };
  const paths = [...filesOf(config), ...hookFilesOf(config), ...credentialsOf(config)];
  const looks = paths.map(async path => [path, await dependencies.lookAtFile(path)] as const);
  const files = new Map(await Promise.all(looks));
  return {
    interfaces: checkHost(config, host, settings),
    programs: [
      ...checkTrackers(config, { interfaces: host.interfaces, files }, settings),
      ...checkNotify(config, files, settings),
      ...checkEngines(config, files, settings),
    ],
    capabilities,
    scheduling: running ? [] : checkScheduling(await dependencies.tryScheduling(config.scheduling), settings),
  };
}

/** The control socket of the daemon that runs beside: as named, else as file and environment say. */
export async function controlSocket(named: string | undefined, io: Io): Promise<string | Problem> {
  if (named !== undefined) return named;
  const file = await readConfigFile(undefined, io.environment);
  if (!file.ok) return file.error;
  const settings = controlSettings({ file: file.value, environment: io.environment });
  return settings?.socket ?? BAD_SOCKET;
}

const BAD_SOCKET: Problem = {
  severity: 'error',
  path: 'control.socket',
  what: 'is not usable',
  source: 'the configuration',
  fix: 'name the socket with --socket; `locum check` says what is wrong',
};
