/**
 * Looks at containers without starting a program: many projects are watched at once, and a look must not cost what it watches. The engine is
 * asked over its socket; daemons and addresses are found through /proc (proc(5)), whose `root` is a container's own file system.
 */

import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { Status } from '../../src/control/status.ts';
import type { Engine } from './engine.ts';

const ANSWER_MS = 2_000;
const CONTROL_SOCKET = '/run/locum/locum.sock';

export interface ContainerLook {
  readonly status: string;
  /** As the engine's host has it; 0 while it does not run. */
  readonly pid: number;
  /** Why the last start failed; empty when it did not. */
  readonly error: string;
}

export async function lookAtContainer({ socket }: Engine, name: string): Promise<ContainerLook> {
  const { State } = (await getJson(socket, `/containers/${name}/json`)) as {
    State: { Status: string; Pid: number; Error: string };
  };
  return { status: State.Status, pid: State.Pid, error: State.Error };
}

/** The IPv4 addresses in the network namespace of a container; none while it does not run. */
export async function addressesOf(engine: Engine, name: string): Promise<string[]> {
  const { pid } = await lookAtContainer(engine, name);
  return pid === 0 ? [] : addressesBeside(engine, pid);
}

/** The same of a process of the engine's host: the leaves of its routing table for what is local. */
export async function addressesBeside(engine: Engine, pid: number): Promise<string[]> {
  const trie = await readFile(`${procOf(engine, pid)}/net/fib_trie`, 'utf8');
  const found = [...trie.matchAll(/\|-- ([\d.]+)\n\s+\/32 host LOCAL/g)].map(([, address]) => address ?? '');
  return [...new Set(found)];
}

/** What a container's daemon says of itself; undefined while it does not answer. */
export async function statusOf(engine: Engine, name: string): Promise<Status | undefined> {
  try {
    const { pid } = await lookAtContainer(engine, name);
    return (await getJson(`${procOf(engine, pid)}/root${CONTROL_SOCKET}`, '/status')) as Status;
  } catch {
    return undefined;
  }
}

/** Where the machine sees a process that the engine's host sees by that number. */
const procOf = ({ inside }: Engine, pid: number): string => `/proc/${inside.pid}/root/proc/${pid}`;

function getJson(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: ANSWER_MS }, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', chunk => {
        text += String(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`${path}: no answer`)));
    sent.on('error', reject);
    sent.end();
  });
}
