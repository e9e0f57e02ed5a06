/** Any line that a recording may hold. */

import fc from 'fast-check';
import { instant } from '../../src/lib/time.ts';
import type { Line } from '../../src/recording/line.ts';
import { inputLine, routerLine } from '../../src/recording/take-down.ts';
import { DISCARD_REASONS, type Oddity } from '../../src/vrrp/receive.ts';
import { step } from '../../src/vrrp/virtual-router.ts';
import { HEADER } from '../support/recording.ts';
import { anyInput, anyInstant, anyParameters, anyRouter, anyState } from '../vrrp/arbitraries.ts';
import { HIGHER, PEER } from '../vrrp/support.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const oddities = fc.subarray<Oddity>(['interval-differs', 'addresses-differ', 'not-authenticated']);

const anyStep = fc
  .record({ name: anyText, before: anyRouter, input: anyInput, at: anyInstant, oddities })
  .map(({ name, at, before, input, oddities: odd }): Line => {
    const after = step(before, input, at);
    return inputLine(name, { before, input, after, oddities: input.type === 'advert' ? odd : [] }, at);
  });

export const anyLine: fc.Arbitrary<Line> = fc.oneof(
  { weight: 5, arbitrary: anyStep },
  fc
    .record({ name: anyText, parameters: anyParameters, state: anyState, at: anyInstant })
    .map(({ name, parameters, state, at }): Line => routerLine(name, { parameters, state }, at)),
  fc
    .record({ version: anyText, node: anyText, time: anyText, lost: fc.nat(), at: fc.integer().map(instant) })
    .map((changes): Line => ({ ...HEADER, ...changes })),
  fc
    .record({
      router: anyText,
      at: anyInstant,
      reason: fc.constantFrom(...DISCARD_REASONS),
      detail: anyText,
      source: fc.constantFrom(undefined, PEER, HIGHER),
      count: fc.integer({ min: 1, max: 1_000_000 }),
    })
    .map((fields): Line => ({ kind: 'discard', ...fields })),
  fc
    .record({ at: anyInstant, about: anyText, subject: anyText, text: anyText })
    .map((fields): Line => ({ kind: 'note', ...fields })),
);
