/** The command line: commands and options by commander, each handed to its own file. Returns the exit code. */

import { Command, CommanderError, Option } from 'commander';
import { messageOf } from '../lib/errors.ts';
import { type CheckOptions, check } from './check.ts';
import { convert } from './convert.ts';
import { type DecodeOptions, decode } from './decode/decode.ts';
import { type DoctorOptions, doctor } from './doctor.ts';
import { type DrainOptions, drain, undrain } from './drain.ts';
import { type EventsOptions, events } from './events.ts';
import { type ExplainOptions, explainNodes } from './explain.ts';
import { type Dependencies, EXIT, type ExitCode, type Io } from './io.ts';
import { type ReloadOptions, reload } from './reload.ts';
import { type ReplayOptions, replay } from './replay/replay.ts';
import { type RunOptions, run } from './run.ts';
import { type AskOptions, healthcheck, type StatusOptions, status, upstreams } from './status.ts';

const AFTER_HELP = `
Settings come from the file, from labels on the proxy (locum.vrid=51) and from the environment (LOCUM_VRID=51); the later wins.
The smallest useful configuration is a VRID and an address:
  LOCUM_VRID=51 LOCUM_VIP=198.18.51.100/24 locum run
A node that has a keepalived.conf needs no other file:
  locum run --keepalived-conf /etc/keepalived/keepalived.conf

Exit codes: 0 done, 1 failed while working, 2 refused before anything was touched.`;

const FILE_OPTION = [
  '--config <file>',
  'the YAML file (default: LOCUM_CONFIG, else /etc/locum/locum.yaml)',
] as const;
const keepalivedOption = () =>
  new Option('--keepalived-conf <file>', 'a keepalived.conf in its place, as it is').conflicts('config');
const SOCKET_OPTION = [
  '--socket <path>',
  "the daemon's control socket (default: as LOCUM_CONFIG's file, else /etc/locum/locum.yaml, and the environment have it)",
] as const;

/** `args` are the words after the program's name. */
export async function runCli(args: readonly string[], io: Io, dependencies: Dependencies): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = buildProgram(io, dependencies, ended => {
    code = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.refused;
    io.stderr.write(`error: ${messageOf(thrown)}\n`);
    return EXIT.failed;
  }
}

/** The commands and their options; `ended` is told how the one that ran ended. */
export function buildProgram(io: Io, dependencies: Dependencies, ended: (code: ExitCode) => void): Command {
  const program = new Command('locum')
    .description(
      'High availability for nginx containers: VRRP, tracking, a virtual address, upstreams from labels.',
    )
    .version(io.version, '--version', 'show the version')
    .exitOverride()
    .configureOutput({
      writeOut: text => void io.stdout.write(text),
      writeErr: text => void io.stderr.write(text),
    })
    .showHelpAfterError('(locum --help lists the commands)')
    .addHelpText('after', AFTER_HELP);

  const parts = { program, io, dependencies, ended };
  addNodeCommands(parts);
  addDaemonCommands(parts);
  addStudyCommands(parts);
  return program;
}

interface Parts {
  readonly program: Command;
  readonly io: Io;
  readonly dependencies: Dependencies;
  readonly ended: (code: ExitCode) => void;
}

/** What runs on a node and looks at it. */
function addNodeCommands({ program, io, dependencies, ended }: Parts): void {
  program
    .command('run')
    .description('run the daemon')
    .option(...FILE_OPTION)
    .addOption(keepalivedOption())
    .option('--record <file>', 'write down every input of the virtual routers, for locum replay')
    .action(async (options: RunOptions) => ended(await run(options, io, dependencies)));
  program
    .command('check')
    .description('show the configuration with the source of each value, and everything that is wrong with it')
    .option(...FILE_OPTION)
    .addOption(keepalivedOption())
    .option('--offline', 'look neither at Docker nor at this host')
    .option('--json', 'as JSON')
    .option('--schema', 'only print the JSON Schema of the file')
    .action(async (options: CheckOptions) => ended(await check(options, io, dependencies)));
  program
    .command('doctor')
    .description('look at everything that Locum needs here, beside the daemon or before its first start')
    .option(...FILE_OPTION)
    .addOption(keepalivedOption())
    .option('--json', 'as JSON')
    .option('--listen <time>', 'how long to listen for others (default: three advert intervals, at most 4s)')
    .action(async (options: DoctorOptions) => ended(await doctor(options, io, dependencies)));
}

/** What speaks with the daemon that runs beside. */
function addDaemonCommands({ program, io, ended }: Parts): void {
  program
    .command('status')
    .description('show what the daemon beside is doing and why')
    .option(...SOCKET_OPTION)
    .option('--json', 'the whole snapshot as JSON')
    .option('--watch', 'go on as it changes: in place on a terminal, else a status for each change')
    .action(async (options: StatusOptions) => ended(await status(options, io)));
  program
    .command('events')
    .description('list what has happened lately: states, trackers, drain, upstreams, Docker, reloads')
    .option(...SOCKET_OPTION)
    .option('--follow', 'go on with what happens')
    .option('--json', 'as JSON lines')
    .action(async (options: EventsOptions) => ended(await events(options, io)));
  program
    .command('upstreams')
    .description(
      'list every container seen: in an upstream with its server line, or out, with the reason and the fix',
    )
    .option(...SOCKET_OPTION)
    .option('--json', 'as JSON')
    .action(async (options: AskOptions & { json?: boolean }) => ended(await upstreams(options, io)));
  program
    .command('drain')
    .description('hand the addresses over without losing a request and stay away, until undrain')
    .option(...SOCKET_OPTION)
    .option('--force', 'give them up even when no other node takes them')
    .option('--json', 'the progress and the outcome as JSON lines')
    .action(async (options: DrainOptions & { force?: boolean }) => ended(await drain(options, io)));
  program
    .command('undrain')
    .description('take part again; a drain under way is cancelled')
    .option(...SOCKET_OPTION)
    .option('--json', 'the outcome as JSON')
    .action(async (options: DrainOptions) => ended(await undrain(options, io)));
  program
    .command('reload')
    .description(
      'have the daemon read its configuration again and apply what has changed; a bad one is refused whole',
    )
    .option(...SOCKET_OPTION)
    .option('--json', 'the outcome as JSON')
    .action(async (options: ReloadOptions) => ended(await reload(options, io)));
  program
    .command('healthcheck')
    .description('exit 0 when the daemon beside works, master or not')
    .option(...SOCKET_OPTION)
    .action(async (options: AskOptions) => ended(await healthcheck(options, io)));
}

/** What needs no node. */
function addStudyCommands({ program, io, dependencies, ended }: Parts): void {
  program
    .command('decode')
    .description(
      'explain VRRP packets: a pcap file or lines of hexadecimal digits in, one JSON line a packet out',
    )
    .argument('[file]', 'the capture (default: standard input)')
    .option('--config <file>', 'judge each packet by the virtual routers of this YAML file')
    .option('--router <name>', 'judge by this virtual router only')
    .option('--live [interface]', 'show what is on the wire now, in plain words, until Ctrl-C')
    .option('--count <n>', 'with --live: end after so many packets')
    .option('--json', 'with --live: one JSON line a packet')
    .action(async (file: string | undefined, options: DecodeOptions) =>
      ended(await decode(file, options, io, dependencies)),
    );
  program
    .command('convert')
    .description('print the YAML file that says what a keepalived.conf says, with a comment for the rest')
    .argument('<file>', 'the keepalived.conf, - for standard input')
    .action(async (file: string) => ended(await convert(file, io, dependencies)));
  program
    .command('explain')
    .description(
      'show who would be master under which failures, how fast and why: of nodes in files, or as containers here',
    )
    .argument(
      '[nodes...]',
      "each node's YAML file or keepalived.conf, - for standard input, docker:NAME for a container's node (default: every node of the Docker engine)",
    )
    .option('--docker', 'every node of the Docker engine, beside those named')
    .option('--json', 'as JSON')
    .option(
      '--suggest <rules>',
      'propose weights for rules such as "nginx moves, backend stays, nginx > backend"',
    )
    .action(async (nodes: string[], options: ExplainOptions) =>
      ended(await explainNodes(nodes, options, io, dependencies)),
    );
  program
    .command('replay')
    .description(
      'step through what run --record wrote: what happened, why, and whether this version does the same',
    )
    .argument('<file>', 'the recording, - for standard input')
    .option('--router <name>', 'show this virtual router only')
    .option('--from <time>', 'show from there on: 90s after the beginning, 14:45:02 or 2026-11-22T14:45:02Z')
    .option('--until <time>', 'show up to there')
    .option('--all', 'show every input, not only what changed something')
    .option('--json', 'as JSON lines')
    .action(async (file: string, options: ReplayOptions) => ended(await replay(file, options, io)));
  program
    .command('version')
    .description('show the version')
    .action(() => void io.stdout.write(`${io.version}\n`));
}
