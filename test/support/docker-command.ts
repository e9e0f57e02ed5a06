/** Running the docker command against one engine: its output, or an error that shows what it printed. */

import { execFile } from 'node:child_process';
import type { Finished } from './namespace.ts';

const TIMEOUT_MS = 60_000;

export interface DockerOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

/** What to set so that `docker` and `docker compose` speak with this engine and find the plugin in that folder. */
export function dockerEnvironment(socket: string, configFolder: string): NodeJS.ProcessEnv {
  return { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: configFolder, DOCKER_SOCKET: socket };
}

/** Runs to the end, whatever the exit code; past the timeout the program is killed. */
export function finish(
  program: string,
  args: readonly string[],
  options: DockerOptions = {},
): Promise<Finished> {
  return new Promise(resolve => {
    const limits = {
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: 'SIGKILL' as const,
      maxBuffer: 64 * 1024 * 1024,
    };
    const child = execFile(program, [...args], limits, (error, stdout, stderr) => {
      const code = error === null ? 0 : (child.exitCode ?? 255);
      resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

/** Runs to the end and returns stdout; throws unless it exits with 0. */
export async function run(
  program: string,
  args: readonly string[],
  options: DockerOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await finish(program, args, options);
  if (code === 0) return stdout;
  throw new Error(
    `${program} ${args.join(' ')}: exit ${code}\n${stdout.slice(-2_000)}${stderr.slice(-4_000)}`,
  );
}
