/**
 * A set of Linux namespaces with processes inside: network, PID, mount, UTS and IPC, the way a pod has them (unshare(1), nsenter(1)).
 * Nothing has a name on the machine and everything hangs on one holder process, which dies with the test process
 * (PR_SET_PDEATHSIG): the kernel then ends every process inside and removes every link. So nothing can stay behind, even after SIGKILL.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { waitFor } from './wait.ts';

const READY_DEADLINE_MS = 10_000;
const EXEC_TIMEOUT_MS = 30_000;
/** Lines of output that a process keeps; older ones go. */
const OUTPUT_LINES = 5_000;

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
  /** It reads what {@link InsideProcess.write} is given; else it has no standard input. */
  readonly stdin?: true;
}

/** One process that runs inside a namespace. */
export class InsideProcess {
  /** Resolves when the process has ended and its output was read. */
  readonly exit: Promise<Exit>;
  /** stdout and stderr by line, in order of arrival. */
  readonly lines: string[] = [];
  /** As this process, outside the namespace, sees it. */
  pid = 0;
  #exited: Exit | undefined;
  readonly #entrance: ChildProcess;

  constructor(entrance: ChildProcess, onLine?: (line: string) => void) {
    this.#entrance = entrance;
    for (const stream of [entrance.stdout, entrance.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', line => {
        this.lines.push(line);
        if (this.lines.length > OUTPUT_LINES) this.lines.shift();
        onLine?.(line);
      });
    }
    this.exit = new Promise(resolve => {
      entrance.once('error', error => {
        this.lines.push(String(error));
        resolve(this.#end({ code: 127, signal: null }));
      });
      entrance.once('close', (code, signal) => resolve(this.#end({ code, signal })));
    });
  }

  #end(exit: Exit): Exit {
    this.#exited = exit;
    return exit;
  }

  get running(): boolean {
    return this.#exited === undefined;
  }

  get output(): string {
    return this.lines.join('\n');
  }

  /** nsenter forks into the PID namespace: the process meant is its child. */
  async located(): Promise<this> {
    const entrance = this.#entrance.pid;
    if (entrance === undefined) return this;
    await waitFor(() => !this.running || childrenOf(entrance).length > 0, {
      what: 'the process starts in its namespace',
      deadlineMs: READY_DEADLINE_MS,
      everyMs: 1,
    });
    this.pid = childrenOf(entrance)[0] ?? 0;
    return this;
  }

  signal(name: NodeJS.Signals): void {
    if (!this.running || this.pid === 0) return;
    signalProcess(this.pid, name);
    // nsenter stops itself when its child is stopped, and would not see it end.
    if (name === 'SIGCONT') this.#entrance.kill('SIGCONT');
  }

  /** A line on its standard input; it must have been started with one. */
  write(line: string): void {
    this.#entrance.stdin?.write(`${line}\n`);
  }

  /** SIGTERM, then SIGKILL when that did not end it in time. */
  async stop(deadlineMs = 5_000): Promise<Exit> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), deadlineMs);
    const exit = await this.exit;
    clearTimeout(timer);
    return exit;
  }
}

/** A set of namespaces, alive as long as its holder. */
export class Namespace {
  /** Process 1 inside, as seen from outside. */
  readonly pid: number;
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess, pid: number) {
    this.#holder = holder;
    this.pid = pid;
  }

  static async create(): Promise<Namespace> {
    const unshare = ['unshare', '--net', '--pid', '--uts', '--ipc', '--fork', '--mount-proc', '--kill-child'];
    // The shell is the init process: it collects the orphans that die inside.
    const args = ['--pdeathsig', 'KILL', ...unshare, 'sh', '-c', 'sleep infinity & wait'];
    const holder = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let problem = '';
    holder.stderr?.on('data', chunk => {
      problem += String(chunk);
    });
    const pid = await waitFor(
      () => {
        const child = holder.pid === undefined ? undefined : childrenOf(holder.pid)[0];
        // Until it runs the shell, the child may still be about to mount /proc.
        return child !== undefined && nameOf(child) === 'sh' ? child : undefined;
      },
      { what: 'namespaces', deadlineMs: READY_DEADLINE_MS, everyMs: 1, context: () => problem },
    );
    holder.unref();
    const namespace = new Namespace(holder, pid);
    await namespace.run('ip', ['link', 'set', 'lo', 'up']);
    return namespace;
  }

  #entrance(command: string, args: readonly string[]): string[] {
    const target = ['--target', String(this.pid), '--net', '--pid', '--mount', '--uts', '--ipc'];
    return [...target, '--', command, ...args];
  }

  /** Runs to the end, whatever the exit code. */
  exec(command: string, args: readonly string[] = []): Promise<Finished> {
    return execute('nsenter', this.#entrance(command, args));
  }

  /** Runs to the end; throws unless it exits with 0. Returns stdout. */
  async run(command: string, args: readonly string[] = []): Promise<string> {
    return succeeded(command, args, await this.exec(command, args));
  }

  /** The same with this network, but everybody's process ids: to name another namespace by its process. */
  async runOnNetwork(command: string, args: readonly string[]): Promise<string> {
    const finished = await execute('nsenter', [
      '--target',
      String(this.pid),
      '--net',
      '--',
      command,
      ...args,
    ]);
    return succeeded(command, args, finished);
  }

  async spawn(
    command: string,
    args: readonly string[] = [],
    options: SpawnOptions = {},
  ): Promise<InsideProcess> {
    const child = spawn('nsenter', this.#entrance(command, args), {
      stdio: [options.stdin === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
    });
    return new InsideProcess(child, options.onLine).located();
  }

  /** Ends every process inside; links and addresses go with them. */
  async close(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    const closed = new Promise(resolve => this.#holder.once('close', resolve));
    this.#holder.ref();
    this.#holder.kill('SIGKILL');
    await closed;
  }
}

function succeeded(command: string, args: readonly string[], { code, stdout, stderr }: Finished): string {
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')}: exit ${code}: ${stderr.trim() || stdout.trim()}`);
}

/** Runs a program outside any namespace; never throws for an exit code. */
export function execute(
  command: string,
  args: readonly string[],
  { timeoutMs = EXEC_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<Finished> {
  return new Promise(resolve => {
    const limits = { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, [...args], limits, (error, stdout, stderr) => {
      const code = error === null ? 0 : (child.exitCode ?? 255);
      resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

/** Sends a signal; a process that is gone already is what was wanted. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

/** The children of a process, as /proc lists them; none when it is gone. */
export function childrenOf(pid: number): number[] {
  return (readProc(`${pid}/task/${pid}/children`) ?? '')
    .split(' ')
    .filter(text => text !== '')
    .map(Number);
}

function nameOf(pid: number): string | undefined {
  return readProc(`${pid}/comm`)?.trim();
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}
