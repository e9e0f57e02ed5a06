/**
 * Neighbouring priorities may both rise for a moment when the master yields, for timers cannot keep 160 µs apart. The last gratuitous ARP
 * on the wire must be the winner's, or the LAN sends to the loser until its caches expire.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dissect } from '../support/capture.ts';
import { Lan, macOf } from '../support/lan.ts';
import { LocumNode, masterIs, soleMaster, VIP } from '../support/node.ts';

const ROUNDS = 5;

interface Rivals {
  readonly title: string;
  readonly priorities: readonly [number, number];
  /** Whose turn it is; undefined: whoever was first keeps it. */
  readonly winner?: 'one' | 'two';
}

const RIVALS: readonly Rivals[] = [
  { title: 'priorities 100 and 98', priorities: [100, 98], winner: 'one' },
  { title: 'priorities 100 and 99', priorities: [100, 99], winner: 'one' },
  { title: 'equal priorities', priorities: [100, 100] },
];

async function race(lan: Lan, { priorities, winner }: Rivals): Promise<void> {
  const [one, two, chief] = await Promise.all([
    LocumNode.start(lan, 'one', { address: '198.18.51.11/24', priority: priorities[0] }),
    LocumNode.start(lan, 'two', { address: '198.18.51.12/24', priority: priorities[1] }),
    LocumNode.start(lan, 'chief', {
      address: '198.18.51.13/24',
      priority: 200,
      track: { nginx: { type: 'process', name: 'nginx', weight: -150 } },
    }),
  ]);
  for (let round = 0; round < ROUNDS; round += 1) {
    await masterIs(chief, [one, two, chief]);
    const capture = await lan.capture('arp');
    chief.nginx.kill();
    await chief.becomes('backup');
    const master = await soleMaster([one, two, chief]);
    assert.equal(master.name, winner ?? master.name);
    await capture.stop();
    const filter = `arp.isgratuitous && arp.src.proto_ipv4 == ${VIP}`;
    const announcements = await dissect(capture.file, ['arp.src.hw_mac'], { filter });
    assert.equal(announcements.at(-1)?.['arp.src.hw_mac'], await macOf(master.host), `round ${round}`);
    await chief.nginx.start();
  }
}

describe('two rise at once and the last announcement is the winner’s', { concurrency: true }, () => {
  for (const rivals of RIVALS) {
    test(rivals.title, async () => {
      const lan = await Lan.create();
      try {
        await race(lan, rivals);
      } finally {
        await lan.close();
      }
    });
  }
});
