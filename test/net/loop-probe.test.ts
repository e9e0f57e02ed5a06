/** Packets that find out about the packet filter: heard within the host, stopped by a rule in either direction, never on the wire. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { openAdvertReceiver } from '../../src/net/advert-receiver.ts';
import { type LoopOutcome, probeLoop } from '../../src/net/loop-probe.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from './namespace.ts';
import { openWire, type Wire } from './wire.ts';

const skip = enterNewNetwork();
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const HOP_BY_HOP = 0;
const ICMPV6 = 58;
const IGMP = 2;

const probe = (protocol: number, source = '198.18.51.1'): Promise<LoopOutcome> =>
  probeLoop({
    interfaceName: 'near',
    interfaceIndex: indexOf('near'),
    source: source as IpAddress,
    protocol,
  });

/** Rules are nft(8)'s: a chain at the hook that drops what matches. */
function drop(hook: string, match: string): void {
  const place = hook === 'ingress' ? ['netdev', 'device near '] : ['inet', ''];
  const [family, device] = place;
  execFileSync('nft', [
    `add table ${family} planted;` +
      `add chain ${family} planted c { type filter hook ${hook} ${device}priority 0; };` +
      `add rule ${family} planted c ${match} drop`,
  ]);
}

describe('a loop probe', { skip }, () => {
  let wire: Wire;

  beforeEach(() => {
    makeCable('near', 'far', '198.18.51.1/24');
    wire = openWire(indexOf('far'));
  });

  afterEach(() => {
    execFileSync('nft', ['flush ruleset']);
    wire.close();
    ip('link delete near');
  });

  test('is heard where nothing is in the way, and no neighbour sees it', async () => {
    assert.equal(await probe(112), 'heard');
    assert.equal(await probe(51), 'heard');
    const protocols = new Set(wire.frames(ETHERTYPE_IPV4).map(frame => frame.readUInt8(14 + 9)));
    protocols.delete(IGMP);
    assert.deepEqual([...protocols], []);
  });

  test('does the same over IPv6', async () => {
    ip('address add fe80::51/64 dev near nodad');
    assert.equal(await probe(112, 'fe80::51'), 'heard');
    const headers = new Set(wire.frames(ETHERTYPE_IPV6).map(frame => frame.readUInt8(14 + 6)));
    for (const own of [HOP_BY_HOP, ICMPV6]) headers.delete(own);
    assert.deepEqual([...headers], []);
    drop('input', 'ip6 nexthdr 112');
    assert.deepEqual([await probe(112, 'fe80::51'), await probe(112)], ['lost', 'heard']);
    execFileSync('nft', ['flush ruleset']);
    drop('output', 'ip6 nexthdr 112');
    assert.equal(await probe(112, 'fe80::51'), 'refused');
  });

  for (const hook of ['input', 'prerouting', 'ingress', 'postrouting'])
    test(`is lost to a rule at ${hook}, for the protocol of the rule alone`, async () => {
      drop(hook, 'ip protocol 112');
      assert.deepEqual([await probe(112), await probe(51)], ['lost', 'heard']);
    });

  test('is refused by a rule at output', async () => {
    drop('output', 'ip protocol 51');
    assert.deepEqual([await probe(112), await probe(51)], ['heard', 'refused']);
  });

  test('means nothing to a daemon beside: its kernel filter drops it', async () => {
    const packets: Uint8Array[] = [];
    const receiver = openAdvertReceiver({
      interfaceName: 'near',
      interfaceIndex: indexOf('near'),
      admissions: new Map(Array.from({ length: 255 }, (_, i) => [i + 1, { leastTtl: 255 }])),
      onPacket: packet => packets.push(packet.slice()),
      onError: error => assert.fail(error),
    });
    assert.equal(await probe(112), 'heard');
    assert.equal(receiver.drain(16), 0);
    receiver.close();
    assert.equal(packets.length, 0);
  });

  test('on an interface that is down says so', async () => {
    ip('link set near down');
    await assert.rejects(probe(112), (thrown: unknown) =>
      /^E(?:NETUNREACH|NETDOWN|NODEV)$/.test((thrown as { code?: string }).code ?? ''),
    );
  });
});
