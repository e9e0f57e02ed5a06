/**
 * The event stream of the Docker Engine API (`GET /events`): JSON objects, one a line. An event is a hint that a list should be read;
 * what it says about one container is passed on for those who must act at once.
 */

export type ContainerAction =
  | 'start'
  | 'die'
  | 'kill'
  | 'pause'
  | 'unpause'
  | 'healthy'
  | 'unhealthy'
  | 'oom'
  | 'destroy'
  | 'other';

export interface ContainerEvent {
  /** The container's id. */
  readonly id: string;
  readonly name: string;
  readonly action: ContainerAction;
  /** With `kill`: the signal's number as text. */
  readonly signal: string | undefined;
  /** With `die`. */
  readonly exitCode: string | undefined;
}

/** What the engine is asked to send. Running health checks are `exec_*` events, many a second on a busy engine: never asked for. */
export const EVENT_FILTERS = {
  type: ['container', 'network'],
  event: [
    'create',
    'start',
    'die',
    'destroy',
    'kill',
    'oom',
    'pause',
    'unpause',
    'rename',
    'update',
    'health_status',
    'connect',
    'disconnect',
  ],
} as const;

/** The longest line that is read, in characters; a longer one ends the stream. */
export const LINE_LIMIT = 1_048_576;

/** Reads a line of the stream: the event of a container, `hint` for anything else worth a list, undefined when it is not JSON. */
export function readEvent(line: string): ContainerEvent | 'hint' | undefined {
  const event = parse(line);
  if (event === undefined) return undefined;
  const { Type: type, Action: action, Actor: actor } = event;
  const { ID: id, Attributes: attributes } = record(actor);
  if (type !== 'container' || typeof action !== 'string' || typeof id !== 'string') return 'hint';
  const { name, signal, exitCode } = record(attributes);
  return {
    id,
    name: text(name) ?? id.slice(0, 12),
    action: readAction(action),
    signal: text(signal),
    exitCode: text(exitCode),
  };
}

/** Podman says `died` where Docker says `die`. */
const ACTIONS: Readonly<Record<string, ContainerAction>> = {
  start: 'start',
  die: 'die',
  died: 'die',
  kill: 'kill',
  pause: 'pause',
  unpause: 'unpause',
  oom: 'oom',
  destroy: 'destroy',
  'health_status: healthy': 'healthy',
  'health_status: unhealthy': 'unhealthy',
};

function readAction(action: string): ContainerAction {
  return Object.hasOwn(ACTIONS, action) ? (ACTIONS[action] ?? 'other') : 'other';
}

/** Cuts a stream of text into lines. `push` returns the whole lines, or undefined when a line exceeds {@link LINE_LIMIT}. */
export class LineSplitter {
  #rest = '';

  push(chunk: string): readonly string[] | undefined {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    return this.#rest.length > LINE_LIMIT ? undefined : lines.filter(line => line.trim() !== '');
  }
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
