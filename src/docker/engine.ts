/** The port to a Docker engine: what discovery asks of one. Born with the fake engine of the tests. Types only. */

import type { ContainerDetails } from './container-details.ts';
import type { DockerSnapshot } from './snapshot.ts';

/** Each call ends early when its signal aborts, and fails with an OperatingError that says which engine and what to do. */
export interface DockerEngine {
  list(signal: AbortSignal): Promise<DockerSnapshot>;
  /** The event stream as text in pieces; aborting the signal closes it. Ends or throws when the connection does. */
  events(signal: AbortSignal): Promise<AsyncIterable<string>>;
}

/** What is asked of a single container, when a list does not tell. Fails as the calls of {@link DockerEngine} do. */
export interface ContainerReader {
  inspect(id: string, signal: AbortSignal): Promise<ContainerDetails>;
  /** The last lines that the container wrote to its error stream since a time, in seconds since 1970. */
  errors(id: string, since: number, signal: AbortSignal): Promise<string>;
}
