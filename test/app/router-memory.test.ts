/** What a running router remembers of numbers against replay, from one packet to the next and across its own restart. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRouterRunner, type RouterRunner } from '../../src/app/router-runner.ts';
import { seconds, type Utc, utc } from '../../src/lib/time.ts';
import { takeApart } from '../../src/vrrp/advertisement.ts';
import { decodeIp } from '../../src/vrrp/ip-packet.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { ah, hmac, PEER, parameters, US } from '../vrrp/support.ts';

const AH = { version: 2, authentication: ah() } as const;
const HMAC = { authentication: hmac() } as const;
const TODAY = 1_795_000_000;

/** A runner without timers: it does what it is told, and the test carries its packets. */
class Carried {
  readonly runner: RouterRunner;
  readonly sent: Uint8Array[] = [];
  readonly heard: string[] = [];
  now: Utc = utc(TODAY * 1_000_000);

  constructor(changes: Partial<Parameters>) {
    this.runner = createRouterRunner(parameters(changes), {
      clock: { now: () => seconds(0) as never, after: () => () => undefined },
      utc: () => this.now,
      wire: {
        send: (packet, done) => {
          this.sent.push(packet.slice());
          done();
        },
        whenRead: callback => callback(),
      },
      addresses: { acquire: (_, done) => done(), release: done => done() },
      announcer: { announce: done => done() },
      events: {
        received: received => this.heard.push(received.kind === 'accept' ? received.proof : received.reason),
        performed: () => undefined,
        stateChanged: () => undefined,
      },
    });
  }

  /** The owner is master at once; each change of priority is a word. */
  speak(priority: number): Uint8Array {
    if (this.runner.router.state.name === 'init') this.runner.tell({ type: 'startup', fault: undefined });
    this.runner.tell({
      type: 'parameters',
      parameters: { ...this.runner.router.parameters, priority },
    });
    const packet = this.sent.at(-1);
    assert.ok(packet);
    return packet;
  }

  hear(packet: Uint8Array): string | undefined {
    this.runner.receive(packet);
    return this.heard.at(-1);
  }
}

const speaker = (changes: Partial<Parameters>) =>
  new Carried({ ...changes, primaryAddress: PEER, priority: 255 });
const listener = (changes: Partial<Parameters>) =>
  new Carried({ ...changes, primaryAddress: US, priority: 1 });

function numberOf(packet: Uint8Array): bigint {
  const ip = decodeIp(packet);
  const parts = ip && takeApart(ip);
  return BigInt(parts?.header?.sequence ?? parts?.trailer?.sequence ?? 0n);
}

for (const [name, changes] of [
  ['ah', AH],
  ['hmac', HMAC],
] as const) {
  test(`${name}: every packet has a number of its own, and the peer believes each once`, () => {
    const [from, to] = [speaker(changes), listener(changes)];
    const packets = [200, 199, 200].map(priority => from.speak(priority));
    const numbers = packets.map(numberOf);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1)),
    );
    const proof = name === 'ah' ? 'ah' : 'hmac 1';
    assert.deepEqual(
      packets.map(packet => to.hear(packet)),
      [proof, proof, proof],
    );
    assert.deepEqual(
      packets.map(packet => to.hear(packet)),
      ['auth-replay', 'auth-replay', 'auth-replay'],
    );
  });

  test(`${name}: a router that starts again, without a memory, is believed at once`, () => {
    const [before, again, to] = [speaker(changes), speaker(changes), listener(changes)];
    const proof = to.hear(before.speak(200));
    again.now = utc(before.now + 2_000_000);
    to.now = again.now;
    assert.equal(to.hear(again.speak(200)), proof);
  });
}

test('numbers of one kind say nothing of those of another: they are forgotten when the authentication is another', () => {
  const signing = { version: 2, authentication: hmac() } as const;
  const to = new Carried({ ...signing, primaryAddress: US, priority: 255 });
  to.speak(100);
  to.hear(speaker(signing).speak(200));
  assert.equal(to.runner.router.state.name, 'backup', 'it sends nothing meanwhile');
  to.runner.tell({
    type: 'parameters',
    parameters: { ...to.runner.router.parameters, authentication: ah() },
  });
  assert.equal(to.hear(speaker(AH).speak(200)), 'ah');
});

test('ah: a router speaks with a higher number than all it has heard, so that it is believed after a takeover', () => {
  const [from, to] = [speaker(AH), listener(AH)];
  from.now = utc((TODAY + 1_000_000) * 1_000_000);
  const heard = from.speak(200);
  to.hear(heard);
  to.runner.tell({ type: 'parameters', parameters: { ...to.runner.router.parameters, priority: 255 } });
  assert.equal(numberOf(to.speak(254)) > numberOf(heard), true);
  assert.equal(from.hear(to.sent.at(-1) ?? new Uint8Array()), 'ah');
});
