/** Where this daemon lives: which container is its proxy, and what that proxy can reach. */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProxyScope } from '../docker/backends.ts';
import { findProxy, hostnameOwner, type ProxyIdentity, type Whereabouts } from '../docker/identity.ts';
import type { DockerSnapshot } from '../docker/snapshot.ts';
import type { Result } from '../lib/result.ts';

/** Reads the hostname and /proc/self/mountinfo of this process. */
export function readWhereabouts(): Whereabouts {
  return { hostname: hostname(), hostnameOwner: hostnameOwner(readMountinfo()) };
}

function readMountinfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

/** Remembers the last identity that was sure: while the proxy is recreated, a list may show none or two. */
export class ProxyLocator {
  readonly #whereabouts: Whereabouts;
  #last: ProxyIdentity | undefined;

  constructor(whereabouts: Whereabouts) {
    this.#whereabouts = whereabouts;
  }

  /** The proxy in this snapshot, or why it cannot be told. */
  find(snapshot: DockerSnapshot): Result<ProxyIdentity, string> {
    const found = findProxy(snapshot, this.#whereabouts);
    if (found.ok) this.#last = found.value;
    return found;
  }

  /** What the proxy reaches, as the last sure identity has it; before the first, everything. */
  scope(snapshot: DockerSnapshot): ProxyScope {
    this.find(snapshot);
    const identity = this.#last;
    if (identity === undefined) return { excluded: new Set(), networks: undefined };
    return { excluded: new Set([identity.proxy.id, identity.owner.id]), networks: identity.networks };
  }
}
