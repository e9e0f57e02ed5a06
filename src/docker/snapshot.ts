/** The only shape of Docker's containers that the rest of Locum sees: narrow, plain, read-only. Types only. */

import type { IpAddress } from '../lib/ip-address.ts';

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** `none`: the container has no HEALTHCHECK. */
export type ContainerHealth = 'none' | 'starting' | 'healthy' | 'unhealthy';

export interface ContainerNetwork {
  readonly name: string;
  /** Undefined while the container has no IPv4 address there. */
  readonly address: IpAddress | undefined;
}

export interface ContainerSnapshot {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  /** The image's included; Locum's own under the default prefix. */
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  readonly health: ContainerHealth;
  /** `host`, `none`, `container:<id>`, or the name of a network. */
  readonly networkMode: string;
  /** By name. */
  readonly networks: readonly ContainerNetwork[];
  /** TCP ports exposed or published, ascending; empty unless the container runs. */
  readonly exposedPorts: readonly number[];
  /** TCP ports of its host that lead to one of its own, ascending; those on loopback are not among them. */
  readonly published: readonly { readonly port: number; readonly hostPort: number }[];
}

/** Every container of the engine, stopped ones too, as one answer of the engine listed them. */
export interface DockerSnapshot {
  /** Under which Locum's labels were written, without the dot: for telling people of them. */
  readonly labelPrefix: string;
  readonly containers: readonly ContainerSnapshot[];
}
