/** The parts of the simulator that the checkers lean on. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex } from '../../src/lib/bytes.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { microseconds } from '../../src/lib/time.ts';
import { assess } from '../../src/tracking/priority.ts';
import type { Health } from '../../src/tracking/tracker.ts';

import { gratuitousArp } from '../../src/vrrp/announce.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { receive } from '../../src/vrrp/receive.ts';
import { USUAL_ANNOUNCING } from '../../src/vrrp/timing.ts';
import { ROOT } from '../support/paths.ts';
import { encodePacket } from '../vrrp/support.ts';
import { Agenda } from './agenda.ts';
import { areAgainst, worthOf } from './checkers/worth.ts';
import { drawInstallation } from './config.ts';
import { judge, readArp, toNumber } from './packets.ts';
import { Random } from './random.ts';
import { World } from './world.ts';

test('appointments come by time, then in the order of asking', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 200 }), times => {
      const agenda = new Agenda();
      for (const at of times) agenda.add(at, () => undefined);
      const taken = times.map(() => agenda.take());
      const sorted = taken.toSorted(
        (a, b) => (a?.at ?? 0) - (b?.at ?? 0) || (a?.order ?? 0) - (b?.order ?? 0),
      );
      assert.deepEqual(taken, sorted);
      assert.equal(agenda.length, 0);
    }),
  );
});

test('the generator is even enough, and seeds that differ by one have nothing in common', () => {
  const random = new Random(1);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const digit = random.between(0, 9);
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(count > 850 && count < 1_150, counts.join(' '));
  const firsts = new Set(Array.from({ length: 1_000 }, (_, seed) => new Random(seed).fraction()));
  assert.equal(firsts.size, 1_000);
});

/** Captured IPv4 multicast advertisements, from their IP header on. */
function capturedPackets(): readonly Uint8Array[] {
  const text = readFileSync(join(ROOT, 'test/vectors/captured.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { frameHex?: string; ipHex?: string; linkType?: number })
    .flatMap(({ frameHex, ipHex, linkType }) => {
      const hex = ipHex ?? (linkType === 1 ? frameHex?.slice(28) : undefined);
      const packet = hex === undefined ? undefined : fromHex(hex);
      return packet === undefined || packet.length === 0 ? [] : [packet];
    });
}

test('packets captured elsewhere are judged alike by the simulator and by the receive ladder', () => {
  let accepted = 0;
  for (const packet of capturedPackets()) {
    const at = ((packet[0] ?? 0) & 0xf) * 4;
    const listener: Parameters = {
      version: (packet[at] ?? 0) >> 4 === 2 ? 2 : 3,
      vrid: packet[at + 1] ?? 1,
      addresses: ['198.18.51.100' as IpAddress],
      primaryAddress: '198.18.51.250' as IpAddress,
      priority: 100,
      advertisementInterval: microseconds(1_000_000),
      preempt: true,
      preemptDelay: microseconds(0),
      joint: false,
      announcing: USUAL_ANNOUNCING,
      timing: 'fast',
      unicast: undefined,
      checksum: 'pseudo-header',
      authentication: { type: 'none' },
    };
    const theirs = receive(packet, listener);
    const ours = judge(packet, listener);
    assert.equal(ours !== undefined, theirs.kind === 'accept', JSON.stringify(theirs));
    if (ours === undefined || theirs.kind !== 'accept') continue;
    accepted++;
    assert.equal(ours.priority, theirs.advertisement.priority);
    assert.equal(ours.source, toNumber(theirs.source));
  }
  assert.ok(accepted >= 5, `only ${accepted} accepted`);
});

test('what routers send is what the simulator reads, and gratuitous ARP as well', () => {
  for (let seed = 0; seed < 50; seed++) {
    const [speaker, listener] = drawInstallation(new Random(seed), 2).nodes;
    assert.ok(speaker !== undefined && listener !== undefined);
    const packet = encodePacket(speaker.parameters, 42);
    const advert = judge(packet, listener.parameters);
    assert.equal(advert?.priority, 42);
    assert.equal(advert.intervalUs, speaker.parameters.advertisementInterval);
    assert.equal(judge(packet, speaker.parameters), undefined, 'its own packet');
    const [address] = speaker.parameters.addresses;
    assert.ok(address !== undefined);
    assert.deepEqual(readArp(gratuitousArp(address, speaker.mac)), {
      mac: speaker.mac,
      address: toNumber(address),
    });
  }
});

test('what a node is worth is computed alike by the simulator and by the tracking', () => {
  const healths = ['unknown', 'up', 'down'] as const satisfies readonly Health[];
  for (let seed = 0; seed < 2_000; seed++) {
    const random = new Random(seed);
    for (const { parameters, trackers } of drawInstallation(random, undefined).nodes) {
      const decided = trackers.map((setup, i) => ({
        setup,
        name: `tracker-${i}`,
        weight: setup.config.weight,
        reverse: setup.config.reverse,
        health: random.pick(healths),
        value:
          setup.config.type === 'file' && random.chance(0.8) ? random.pick([0, 1, -3, 40, -1e6]) : undefined,
      }));
      const { effective, fault } = assess(parameters.priority, decided);
      assert.equal(worthOf(parameters.priority, decided), effective);
      assert.equal(areAgainst(parameters.priority, decided), fault !== undefined);
    }
  }
});

test('time goes on only when every reaction to a promise has run', async () => {
  const world = new World(1);
  const heard: string[] = [];
  const relay = async (word: string, steps: number): Promise<void> => {
    for (let step = 0; step < steps; step++) await undefined;
    heard.push(`${word} at ${world.now}`);
  };
  world.at(10, () => {
    world.promised();
    void relay('slow', 50);
  });
  world.at(11, () => heard.push(`next at ${world.now}`));
  await world.runUntil(20);
  assert.deepEqual(heard, ['slow at 10', 'next at 11']);
});

test('what a watcher throws ends the world, wherever it was told', async () => {
  const world = new World(1);
  world.watch({
    kinds: ['note'],
    observe() {
      throw new Error('seen');
    },
  });
  world.at(10, () => {
    world.promised();
    void Promise.resolve().then(() => world.tell({ kind: 'note', text: '' }));
  });
  await assert.rejects(world.runUntil(20), /seen/);
});
