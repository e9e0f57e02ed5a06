/** Who is heard: bounded lists that a flood in other names cannot empty, log lines once a minute, and what is said of a difference. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { warningsOf } from '../../src/app/peer-warnings.ts';
import { RouterJournal } from '../../src/app/router-journal.ts';
import { type Sender, Senders } from '../../src/app/senders.ts';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { instant, seconds } from '../../src/lib/time.ts';
import { encodePackets } from '../../src/vrrp/advertisement.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import type { Parameters } from '../../src/vrrp/parameters.ts';
import { DISCARD_REASONS, type DiscardReason, type Received, receive } from '../../src/vrrp/receive.ts';
import { KeptLog } from '../support/quiet-log.ts';
import { parameters } from '../vrrp/support.ts';

type Accepted = Extract<Received, { kind: 'accept' }>;
type Discarded = Extract<Received, { kind: 'discard' }>;

const OURS = parameters({ primaryAddress: '198.18.51.11' as IpAddress, priority: 150 });
const THEIRS = '198.18.51.12' as IpAddress;
const at = (s: number) => instant(s * 1_000_000);

const hear = (theirs: Partial<Parameters>, ours: Parameters = OURS): Received => {
  const [packet = assert.fail()] = encodePackets({ ...ours, primaryAddress: THEIRS, ...theirs }, 100);
  return receive(packet, ours);
};

function refusedOf(source: string, reason: DiscardReason = 'checksum'): Discarded {
  return {
    kind: 'discard',
    reason,
    detail: 'as it is',
    source: source as IpAddress,
    advertisement: undefined,
  };
}

const accepted = (theirs: Partial<Parameters> = {}): Accepted => {
  const received = hear(theirs);
  assert.ok(received.kind === 'accept');
  return received;
};

const name = (i: number): string => `198.19.${i >>> 8}.${i & 255}`;
const addressesOf = (senders: readonly Sender[]) => senders.map(({ address }) => address);

describe('the senders', () => {
  test('a flood in thousands of names pushes out neither a peer nor a neighbour that is configured otherwise', () => {
    const senders = new Senders();
    senders.accept(accepted(), at(0), 150);
    senders.refuse(refusedOf('198.18.51.13', 'version'), at(0));
    for (let i = 0; i < 10_000; i++) {
      if (i % 100 === 0) senders.refuse(refusedOf('198.18.51.13', 'version'), at(i / 100));
      senders.refuse(refusedOf(name(i)), at(i / 100));
    }
    assert.deepEqual(addressesOf(senders.peers), [THEIRS]);
    assert.equal(senders.refused.length, 16);
    assert.ok(addressesOf(senders.refused).includes('198.18.51.13' as IpAddress));
    assert.ok(senders.crowd > 9_000);
  });

  test('who falls silent for a minute makes room', () => {
    const senders = new Senders();
    for (let i = 0; i < 16; i++) senders.refuse(refusedOf(name(i)), at(0));
    senders.refuse(refusedOf('198.18.51.13'), at(59));
    assert.equal(senders.crowd, 1);
    senders.refuse(refusedOf('198.18.51.13'), at(60));
    assert.equal(senders.crowd, 1);
    assert.equal(senders.refused.length, 16);
    assert.ok(addressesOf(senders.refused).includes('198.18.51.13' as IpAddress));
  });

  test('the log speaks once a minute for each sender and reason, and once for all who are not told apart', () => {
    const senders = new Senders();
    const said = (source: string, reason: DiscardReason, s: number) =>
      senders.refuse(refusedOf(source, reason), at(s));
    assert.equal(said('198.18.51.13', 'checksum', 0), 'speak');
    assert.equal(said('198.18.51.13', 'checksum', 59), 'silence');
    assert.equal(said('198.18.51.13', 'version', 59), 'speak');
    assert.equal(said('198.18.51.13', 'checksum', 60), 'speak');
    const utterances = Array.from({ length: 1_000 }, (_, i) => said(name(i), 'checksum', 61));
    assert.equal(utterances.filter(utterance => utterance === 'speak').length, 15);
    assert.equal(utterances.filter(utterance => utterance === 'speak-of-the-crowd').length, 1);
    assert.equal(said(name(900), 'checksum', 122), 'speak', 'those before are silent for a minute');
  });

  test('at most 16 peers are kept, the last heard last; one who was refused before is a peer then', () => {
    const senders = new Senders();
    senders.refuse(refusedOf(THEIRS, 'ttl'), at(0));
    for (let i = 0; i < 16; i++) senders.accept({ ...accepted(), source: name(i) as IpAddress }, at(i), 150);
    senders.accept(accepted(), at(60), 150);
    assert.equal(senders.peers.length, 16);
    assert.equal(senders.peers.at(-1)?.address, THEIRS);
    assert.deepEqual([...(senders.peers.at(-1)?.remarks.keys() ?? [])], ['ttl']);
    assert.deepEqual(senders.refused, []);
  });
});

describe('accepted advertisements in thousands of names', () => {
  const odd = (source: string): Accepted => ({
    ...accepted({ addresses: ['198.18.52.1' as IpAddress] }),
    source: source as IpAddress,
  });

  test('push out no peer that speaks, and are told of once a minute', () => {
    const log = new KeptLog();
    const journal = new RouterJournal('web', log, () => {});
    for (let i = 0; i < 6_000; i++) {
      if (i % 100 === 0) journal.received(accepted(), at(i / 100), OURS);
      journal.received(odd(name(i)), at(i / 100), OURS);
    }
    assert.ok(addressesOf(journal.senders.peers).includes(THEIRS));
    assert.equal(journal.senders.peers.length, 16);
    assert.ok(log.lines.length < 40, `${log.lines.length} lines`);
    assert.equal(log.at('warn').filter(line => /more senders/.test(line)).length, 1);
  });
});

describe('what is said of a sender', () => {
  const said = (received: Received, ours: Parameters = OURS, s = 0): string[] => {
    const senders = new Senders();
    if (received.kind === 'accept') senders.accept(received, at(0), ours.priority);
    else senders.refuse(received, at(0));
    return [...senders.peers, ...senders.refused].flatMap(sender =>
      warningsOf(sender, ours, at(s)).map(({ text, dropped }) => `${dropped ? 'dropped: ' : ''}${text}`),
    );
  };

  test('names both sides and what to do', () => {
    const two: Parameters = {
      ...OURS,
      version: 2,
      authentication: passAuthentication(new TextEncoder().encode('a')),
    };
    assert.deepEqual(said(hear({ version: 2 })), [
      'dropped: speaks version 2, we 3: set the same version on both',
    ]);
    assert.deepEqual(said(hear({ advertisementInterval: seconds(2) }, two), two), [
      'dropped: advertises every 2s, we every 1s: set the same interval on both: version 2 asks for it',
    ]);
    assert.match(
      said(hear({ advertisementInterval: seconds(2) }))[0] ?? '',
      /^advertises every 2s, we every 1s: set the same/,
    );
    assert.match(
      said(hear({ authentication: { type: 'none' } }, two), two)[0] ?? '',
      /^dropped: .*: give both the same/,
    );
  });

  test('names the addresses that are missing and those that nobody has here, a few of them', () => {
    const own = OURS.addresses[0] as IpAddress;
    const other = Array.from({ length: 9 }, (_, i) => `198.18.52.${i}` as IpAddress);
    assert.deepEqual(said(hear({ addresses: other })), [
      `does not advertise ${own} and advertises 198.18.52.0, 198.18.52.1, 198.18.52.2, 198.18.52.3 and 5 more, which we do not have: set the same virtual addresses on both`,
    ]);
    assert.deepEqual(said(hear({ addresses: [own, own] })), [
      'advertises an address more than once: set the same virtual addresses on both',
    ]);
  });

  test('a reason to drop packets is no longer said when it was not seen for five minutes', () => {
    const version = hear({ version: 2 });
    assert.equal(said(version, OURS, 300).length, 1);
    assert.equal(said(version, OURS, 301).length, 0);
  });

  test('two of one rank, and an owner that is not left alone, until it was not heard for five minutes', () => {
    const [equal, owner] = [
      { ...OURS, priority: 100 },
      { ...OURS, priority: 255 },
    ];
    assert.match(said(hear({}), equal)[0] ?? '', /^has priority 100, as we have: set another/);
    assert.match(
      said(hear({}), owner)[0] ?? '',
      /^is master with priority 100 beside us, who own the addresses: /,
    );
    assert.match(said(hear({}, owner), owner, 300)[0] ?? '', /^is master/);
    assert.deepEqual(said(hear({}), owner, 301), []);
    const [packet = assert.fail()] = encodePackets({ ...OURS, primaryAddress: THEIRS }, 255);
    assert.match(said(receive(packet, owner), owner)[0] ?? '', /^advertises priority 255, as we do: /);
    const [resigning = assert.fail()] = encodePackets({ ...OURS, primaryAddress: THEIRS }, 0);
    assert.deepEqual(said(receive(resigning, owner), owner), []);
  });

  test('there is advice for every reason', () => {
    for (const reason of DISCARD_REASONS)
      assert.match(said(refusedOf('198.18.51.13', reason))[0] ?? '', /^dropped: as it is: .{15}/, reason);
  });
});
