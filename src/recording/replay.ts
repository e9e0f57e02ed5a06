/**
 * Steps the core through a recording and holds what comes out against what was recorded. A difference is a bug, or another version of
 * Locum; after one, the replay goes on from the recorded state, so that each is seen where it arises.
 */

import { messageOf } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { Instant } from '../lib/time.ts';
import type { Advertisement } from '../vrrp/advertisement.ts';
import type { Parameters } from '../vrrp/parameters.ts';
import type { Input, Router, State, Step } from '../vrrp/state.ts';
import { step as coreStep } from '../vrrp/virtual-router.ts';
import { effectWords } from './effects.ts';
import type {
  DiscardLine,
  Header,
  InputLine,
  Line,
  NoteLine,
  RecordedAdvert,
  RecordedInput,
  RecordedParameters,
  RouterLine,
} from './line.ts';
import { canonicalState } from './read-line.ts';

/** What was recorded and what the replay made of it, in words. */
export interface Difference {
  readonly recorded: string;
  readonly replayed: string;
}

export interface ReplayedStep {
  readonly kind: 'step';
  readonly line: InputLine;
  readonly before: Router;
  /** As recorded, here the replay goes on. */
  readonly after: Router;
  /** What the core makes of it. */
  readonly outcome: Step;
  readonly effects: readonly string[];
  readonly difference: Difference | undefined;
}

export type Replayed = Header | RouterLine | ReplayedStep | DiscardLine | NoteLine;

type StepFunction = (router: Router, input: Input, now: Instant) => Step;

export class Replay {
  readonly #step: StepFunction;
  readonly #routers = new Map<string, Router>();
  #section = false;

  /** `step`: another core than this version's. */
  constructor(step: StepFunction = coreStep) {
    this.#step = step;
  }

  /** Takes the next line; fails in words when it cannot stand there. */
  take(line: Line): Result<Replayed, string> {
    if (line.kind === 'recording') {
      this.#section = true;
      this.#routers.clear();
      return ok(line);
    }
    if (!this.#section) return err('comes before any header: the beginning of the recording is missing');
    if (line.kind === 'input') return this.#takeInput(line);
    if (line.kind === 'router') {
      const { parameters, state } = line;
      this.#routers.set(line.router, { parameters: asParameters(parameters), state });
    }
    return ok(line);
  }

  #takeInput(line: InputLine): Result<Replayed, string> {
    const before = this.#routers.get(line.router);
    if (before === undefined) return err(`is an input of ${line.router}, which no line before introduces`);
    try {
      const step = this.#replayed(line, before);
      this.#routers.set(line.router, step.after);
      return ok(step);
    } catch (thrown) {
      return err(`holds what the core does not take: ${messageOf(thrown)}`);
    }
  }

  /** Throws at what no running core is given, and where the outcome is beyond what can be counted. */
  #replayed(line: InputLine, before: Router): ReplayedStep {
    const outcome = this.#step(before, asInput(line.input, before), line.at);
    const effects = outcome.effects.map(effectWords);
    const after = { ...outcome.router, state: line.state ?? before.state };
    const difference = differenceBetween(line.effects, after.state, effects, outcome.router.state);
    return { kind: 'step', line, before, after, outcome, effects, difference };
  }
}

function differenceBetween(
  recordedEffects: readonly string[],
  recordedState: State,
  effects: readonly string[],
  state: State,
): Difference | undefined {
  const recorded = outcomeText(recordedState, recordedEffects);
  const replayed = outcomeText(state, effects);
  return recorded === replayed ? undefined : { recorded, replayed };
}

function outcomeText(state: State, effects: readonly string[]): string {
  return [canonicalState(state), ...effects].join('; ');
}

/** Authentication is for packets, of which a step sees none. */
function asParameters(recorded: RecordedParameters): Parameters {
  return { ...recorded, authentication: { type: 'none' } };
}

function asInput(recorded: RecordedInput, { parameters }: Router): Input {
  if (recorded.type === 'parameters')
    return { type: recorded.type, parameters: asParameters(recorded.parameters) };
  if (recorded.type !== 'advert') return recorded;
  return {
    type: recorded.type,
    source: recorded.source,
    advertisement: advertisementOf(recorded, parameters),
  };
}

/** What is not recorded is as it should be. */
function advertisementOf(
  { version, priority, interval }: RecordedAdvert,
  expected: Parameters,
): Advertisement {
  const { vrid, addresses } = expected;
  return {
    version,
    type: 1,
    vrid,
    priority,
    count: addresses.length,
    addresses,
    interval,
    checksum: 0,
    authentication: undefined,
  };
}
