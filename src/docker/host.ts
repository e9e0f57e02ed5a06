/** Where a Docker engine listens, and what it asks for: `docker.host` and its credentials, as text. */

import { OperatingError } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';

/** Where an engine listens. */
export type DockerHost =
  | { readonly socketPath: string }
  | { readonly protocol: 'http'; readonly host: string; readonly port: number }
  | { readonly protocol: 'ssh'; readonly host: string; readonly port: number; readonly username: string };

/** How an engine is talked to. */
export interface Connection extends Credentials {
  /** Under which Locum's labels are written; left out: the default. */
  readonly labelPrefix?: string;
}

/** What an engine of another host asks for. Secret. */
export interface Credentials {
  /** The contents of PEM files. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string };
  readonly ssh?: {
    readonly privateKey: string;
    /** Of the host's key, as `ssh-keygen -l` shows it. */
    readonly fingerprint: string;
  };
}

/** Reads `unix:///path`, `tcp://host:port` or `ssh://user@host`. */
export function parseDockerHost(text: string): Result<DockerHost, string> {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (socketPath !== undefined) return ok({ socketPath });
  const [, username, remote, ssh = '22'] = /^ssh:\/\/([\w-]+)@([\w.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (username !== undefined && remote !== undefined)
    return ok({ protocol: 'ssh', host: remote, port: Number(ssh), username });
  const [, host, port] = /^tcp:\/\/([^/:@?#]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    return err(`${JSON.stringify(text)} is none of unix:///path, tcp://host:port and ssh://user@host`);
  }
  return ok({ protocol: 'http', host, port: Number(port) });
}

/** Throws an OperatingError where {@link parseDockerHost} refuses. */
export function dockerHost(text: string): DockerHost {
  const where = parseDockerHost(text);
  if (!where.ok) throw new OperatingError('docker-host', `docker.host: ${where.error}`, { host: text });
  return where.value;
}
