/** Lines from what the core is given and gives: the inputs of a virtual router, without what is secret and what no step reads. */

import type { Instant } from '../lib/time.ts';
import type { Parameters } from '../vrrp/parameters.ts';
import type { Oddity } from '../vrrp/receive.ts';
import type { Input, Router, Step } from '../vrrp/state.ts';
import { effectWords } from './effects.ts';
import type { InputLine, RecordedInput, RecordedParameters, RouterLine } from './line.ts';

export function routerLine(name: string, { parameters, state }: Router, at: Instant): RouterLine {
  return { kind: 'router', at, router: name, parameters: withoutSecrets(parameters), state };
}

/** A step as it happened; `oddities`: of the advertisement, if it was one. */
export interface Taken {
  readonly before: Router;
  readonly input: Input;
  readonly after: Step;
  readonly oddities: readonly Oddity[];
}

export function inputLine(name: string, { before, input, after, oddities }: Taken, at: Instant): InputLine {
  const { state } = after.router;
  return {
    kind: 'input',
    at,
    router: name,
    input: recordedInput(input, oddities),
    state: state === before.state ? undefined : state,
    effects: after.effects.map(effectWords),
  };
}

function recordedInput(input: Input, oddities: readonly Oddity[]): RecordedInput {
  if (input.type === 'parameters') return { type: input.type, parameters: withoutSecrets(input.parameters) };
  if (input.type !== 'advert') return input;
  const { source, advertisement } = input;
  const { version, priority, interval } = advertisement;
  return { type: input.type, source, version, priority, interval, oddities };
}

function withoutSecrets(parameters: Parameters): RecordedParameters {
  return { ...parameters, authentication: parameters.authentication.type };
}
