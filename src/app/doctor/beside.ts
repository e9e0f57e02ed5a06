/** What lies at the control socket: a daemon that can be asked, nothing, or something else. */

import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fetchStatus } from '../../control/client.ts';
import type { RouterStateName, Status } from '../../control/status.ts';
import type { DaemonFacts } from '../../doctor/daemon.ts';
import type { OperatingError } from '../../lib/errors.ts';
import type { Config, RouterConfig } from '../config/config.ts';
import { folderError } from './files.ts';

export interface Beside {
  readonly facts: DaemonFacts;
  /** The state of a virtual router that the running daemon has; undefined without one. */
  stateOf(router: Pick<RouterConfig, 'vrid' | 'vip'>): RouterStateName | undefined;
}

export async function readBeside({ control, vrrp }: Config): Promise<Beside> {
  const { socket } = control;
  const answer = await fetchStatus(socket);
  const found = answer.ok ? runningOf(answer.value) : await withoutAnswer(socket, answer.error);
  const configured = Object.entries(vrrp).map(([name, { vrid, vip }]) => ({
    name,
    vrid,
    addresses: vip.map(({ address }) => address),
  }));
  const routers = answer.ok ? answer.value.routers : [];
  return {
    facts: { socket, found, configured },
    stateOf: ({ vrid, vip: [first] }) => {
      const isIpv6 = first?.address.includes(':') === true;
      const same = ({ vips: [theirs] }: (typeof routers)[number]) => theirs?.address.includes(':') === isIpv6;
      return routers.find(router => router.vrid === vrid && same(router))?.state;
    },
  };
}

function runningOf({ pid, routers }: Status): DaemonFacts['found'] {
  return {
    kind: 'running',
    pid,
    routers: routers.map(({ name, vrid, state, reason, vips }) => ({
      name,
      vrid,
      state,
      reason,
      addresses: vips.map(({ address }) => address.split('/')[0] ?? ''),
    })),
  };
}

async function withoutAnswer(socket: string, error: OperatingError): Promise<DaemonFacts['found']> {
  const there = await lstat(socket).catch(() => undefined);
  if (there === undefined) return { kind: 'absent', folderError: await folderError(dirname(socket), true) };
  if (!there.isSocket()) return { kind: 'odd', what: `${socket} is no socket` };
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' ? { kind: 'stale' } : { kind: 'odd', what: error.message };
}
