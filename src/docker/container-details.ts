/**
 * From the answer of `GET /containers/{id}/json` (Docker Engine API) to what is asked of a sidecar: how it was started. Of its
 * environment only Locum's own variables are kept; the others are nobody's business, and may be secret.
 */

export interface ContainerDetails {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The variables that begin with `LOCUM_`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The paths inside the container at which something is mounted. */
  readonly mounts: readonly string[];
}

const PREFIX = 'LOCUM_';

/** Undefined when the answer describes no container. */
export function readContainerDetails(answer: unknown): ContainerDetails | undefined {
  const { Path: path, Args: args, Config: config, Mounts: mounts } = record(answer);
  if (typeof path !== 'string') return undefined;
  return {
    command: [path, ...texts(args)],
    environment: Object.fromEntries(texts(record(config)['Env']).flatMap(variable)),
    mounts: list(mounts).flatMap(mount => texts([record(mount)['Destination']])),
  };
}

/** `NAME=value`, as in environ(7). */
function variable(text: string): [string, string][] {
  const at = text.indexOf('=');
  return at > 0 && text.startsWith(PREFIX) ? [[text.slice(0, at), text.slice(at + 1)]] : [];
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): string[] => list(value).filter(item => typeof item === 'string');

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
