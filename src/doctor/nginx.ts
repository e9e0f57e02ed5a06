/** Whether nginx is in reach: seen in this PID namespace, on this network, and willing to take a signal. Pure. */

import { about, type Line } from './line.ts';

/** nginx's master process, and how this process stands to it. */
export interface NginxMaster {
  readonly pid: number;
  /** User id; undefined when it could not be read. */
  readonly uid: number | undefined;
  /** Workers that take requests. */
  readonly workers: number;
  /** The system error's code when signal 0 was refused; undefined: it takes signals. */
  readonly signalError: string | undefined;
  /** Undefined when the kernel does not tell. */
  readonly sameNetwork: boolean | undefined;
}

export interface NginxFacts {
  /** The name of its processes. */
  readonly processName: string;
  readonly search:
    | { readonly kind: 'found'; readonly master: NginxMaster }
    | { readonly kind: 'absent' | 'untitled' }
    | { readonly kind: 'several'; readonly pids: readonly number[] };
  /** Process 1 of this PID namespace is Locum itself. */
  readonly alone: boolean;
  /** The proxy's container, when Docker could be asked: whether it runs. */
  readonly proxyRuns: boolean | undefined;
}

export function nginxLines(facts: NginxFacts): Line[] {
  const { search } = facts;
  if (search.kind === 'found') return [namespaceLine(search.master), masterLine(search.master)];
  const line = about('nginx');
  if (search.kind === 'several')
    return [
      line.fail(
        `${search.pids.length} masters named ${facts.processName} run here (pids ${search.pids.slice(0, 8).join(', ')}), so none of them can be reloaded`,
        'let only one share the PID namespace: `pid: service:…` of the holder instead of `pid: host`',
      ),
    ];
  if (search.kind === 'untitled')
    return [
      line.warn(
        `${facts.processName} runs without a master process, so it cannot be reloaded`,
        'take `master_process off` out of its configuration; a starting nginx is found a moment later',
      ),
    ];
  return absentLines(facts);
}

const SHARE = 'give nginx and Locum the same `pid: service:…` of the holder, as in compose/pair.yaml';

function absentLines({ processName, alone, proxyRuns }: NginxFacts): Line[] {
  if (proxyRuns === true || alone) {
    const evidence = proxyRuns === true ? 'the proxy runs' : 'process 1 is Locum itself';
    return [
      about('namespaces').fail(
        `the PID namespace is not shared: ${evidence}, and no process named ${processName} is seen from here`,
        SHARE,
      ),
    ];
  }
  return [
    about('nginx').warn(
      `no process named ${processName} is seen from here`,
      `start nginx; if it runs, ${SHARE}, or set nginx.process to the name that \`ps -e\` shows`,
    ),
  ];
}

function namespaceLine({ pid, sameNetwork }: NginxMaster): Line {
  const line = about('namespaces');
  if (sameNetwork === false)
    return line.fail(
      `nginx (pid ${pid}) is in another network namespace: the virtual address would be here and nginx there`,
      'give both the same network: `network_mode: service:…` of the holder, or `network_mode: host`',
    );
  return line.ok(
    sameNetwork === true
      ? 'the network and the process ids are shared with nginx'
      : 'the process ids are shared with nginx; whether the network is, the kernel does not tell',
  );
}

function masterLine({ pid, uid, workers, signalError }: NginxMaster): Line {
  const line = about('nginx');
  const user = uid === undefined ? '' : `, user ${uid === 0 ? 'root' : uid}`;
  if (signalError !== undefined)
    return line.fail(
      `its master (pid ${pid}${user}) takes no signal from here: ${signalError}. It looks dead and cannot be reloaded`,
      'add `cap_add: [KILL]` to the service of Locum, or run Locum as the user of nginx',
    );
  return workers === 0
    ? line.warn(
        `its master (pid ${pid}${user}) has no workers`,
        'its error log says why; look again if it is just starting',
      )
    : line.ok(
        `master (pid ${pid}${user}) with ${workers} ${workers === 1 ? 'worker' : 'workers'}, takes signals`,
      );
}
