/** A replay: agrees with the core that was recorded, finds every other one, and refuses lines that cannot follow. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { recordingCore } from '../../src/app/recording-core.ts';
import { CORE, type Core } from '../../src/app/router-runner.ts';
import { instant } from '../../src/lib/time.ts';
import { encodeLine } from '../../src/recording/line.ts';
import { readLine } from '../../src/recording/read-line.ts';
import { Replay } from '../../src/recording/replay.ts';
import { routerLine } from '../../src/recording/take-down.ts';
import type { Input, Router } from '../../src/vrrp/state.ts';
import { assertAgrees, HEADER, MemorySink, play, transitionsOf } from '../support/recording.ts';
import { anyInput, anyRouter } from '../vrrp/arbitraries.ts';
import { advertisement, at, PEER, parameters } from '../vrrp/support.ts';

const someInputs = fc.array(fc.tuple(anyInput, fc.nat(3_000_000)), { minLength: 1, maxLength: 30 });

function lead(core: Core, first: Router, inputs: readonly (readonly [Input, number])[]): void {
  let router = first;
  let now = 0;
  for (const [input, span] of inputs) {
    now += span;
    router = core.step(router, input, instant(now)).router;
  }
}

test('property: whatever a router goes through, its replay agrees', () => {
  fc.assert(
    fc.property(anyRouter, someInputs, fc.nat(30), (router, inputs, cut) => {
      const sink = new MemorySink();
      const core = recordingCore(CORE, 'web', sink);
      let steps = 0;
      const counted: Core = {
        ...core,
        step: (...given) => {
          if (steps++ === cut) sink.beginSection();
          return core.step(...given);
        },
      };
      lead(counted, router, inputs);
      assert.equal(assertAgrees(sink.text).steps.length, inputs.length);
    }),
  );
});

/** Two routers hear, wait, take over, fail and give way. */
function recorded(): string {
  const sink = new MemorySink();
  for (const [name, priority] of [
    ['web', 100],
    ['mail', 50],
  ] as const) {
    const advert: Input = { type: 'advert', advertisement: advertisement(), source: PEER };
    lead(recordingCore(CORE, name, sink), { parameters: parameters({ priority }), state: { name: 'init' } }, [
      [{ type: 'startup', fault: undefined }, 0],
      [advert, 100_000],
      [{ type: 'timeout' }, 4_000_000],
      [{ type: 'parameters', parameters: parameters({ priority: 70 }) }, 200_000],
      [{ type: 'effectFailed', effect: 'acquireAddresses', message: 'EIO' }, 1_000],
      [{ type: 'timeout' }, 11_000_000],
      [advert, 1_000],
    ]);
  }
  return sink.text;
}

test('says what happened to each virtual router', () => {
  assert.deepEqual(transitionsOf(assertAgrees(recorded())).slice(0, 4), [
    'web init -> backup (startup): started',
    'web backup -> master (master-silent): the master 198.18.0.1 fell silent',
    'web master -> fault (effect-failed): the addresses cannot be held: EIO',
    'web fault -> backup (fault-cleared): nothing stands against us any more',
  ]);
});

describe('another core is found out', () => {
  const others: Readonly<Record<string, Core['step']>> = {
    'a timer that is a µs longer': (router, input, now) => {
      const stepped = CORE.step(router, input, now);
      const { state } = stepped.router;
      if (state.name !== 'backup') return stepped;
      const longer = { ...state, masterDownAt: instant(state.masterDownAt + 1) };
      return { ...stepped, router: { ...stepped.router, state: longer } };
    },
    'an effect that is left out': (router, input, now) => {
      const stepped = CORE.step(router, input, now);
      return { ...stepped, effects: stepped.effects.filter(({ type }) => type !== 'announceAddresses') };
    },
    'another reason': (router, input, now) => {
      const stepped = CORE.step(router, input, now);
      const effects = stepped.effects.map(effect =>
        effect.type === 'stateChanged' ? { ...effect, detail: 'because' } : effect,
      );
      return { ...stepped, effects };
    },
  };
  for (const [what, step] of Object.entries(others))
    test(what, () => assert.ok(play(recorded(), step).differences.length > 0));

  test('and one difference is one: the replay goes on from what was recorded', () => {
    let steps = 0;
    const once: Core['step'] = (router, input, now) =>
      steps++ === 2 ? { router, effects: [] } : CORE.step(router, input, now);
    const { differences } = play(recorded(), once);
    assert.equal(differences.length, 1);
    assert.match(
      differences[0]?.difference?.recorded ?? '',
      /"name":"master".*advertise 100; acquire; announce/,
    );
    assert.match(differences[0]?.difference?.replayed ?? '', /"name":"backup"/);
  });
});

describe('a line that cannot follow', () => {
  const introduction = encodeLine(
    routerLine('web', { parameters: parameters(), state: { name: 'init' } }, at(0)),
  );
  const input = '{"kind":"input","at":0,"router":"web","input":{"type":"timeout"},"effects":[]}\n';
  const refused = (text: string): string | undefined => {
    const replay = new Replay();
    for (const encoded of text.trimEnd().split('\n')) {
      const line = readLine(encoded);
      const replayed = line.ok ? replay.take(line.value) : line;
      if (!replayed.ok) return replayed.error;
    }
    return undefined;
  };

  test('before a header', () => assert.match(refused(introduction) ?? '', /comes before any header/));

  test('of a virtual router that was not introduced since the last header', () => {
    const text = encodeLine(HEADER) + introduction + input + encodeLine(HEADER) + input;
    assert.match(refused(text) ?? '', /is an input of web, which no line before introduces/);
  });

  test('of which a clock would run out', () => {
    const late = input.replace('"at":0', `"at":${Number.MAX_SAFE_INTEGER}`).replace('timeout', 'startup');
    assert.match(
      refused(encodeLine(HEADER) + introduction + late) ?? '',
      /^holds what the core does not take: state\.masterDownAt is 9007\d+, not a whole number /,
    );
  });

  test('and one that can', () => assert.equal(refused(encodeLine(HEADER) + introduction + input), undefined));
});
