/** ARP heard and sent on one interface: a neighbour's kernel answers a probe, and other protocols do not come in. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { IpAddress } from '../../src/lib/ip-address.ts';
import { type ArpSocket, openArpSocket } from '../../src/native/arp-socket.ts';
import { openPacketSocket } from '../../src/native/packet-socket.ts';
import { openRouteNetlink } from '../../src/net/rtnetlink.ts';
import { arpProbe, arpSender, gratuitousArp } from '../../src/vrrp/announce.ts';
import { enterNewNetwork, indexOf, ip, makeCable } from '../net/namespace.ts';
import { openWire, type Wire } from '../net/wire.ts';
import { waitFor } from '../support/wait.ts';

const skip = enterNewNetwork();
const VIP = '198.18.51.100' as IpAddress;
const ETHERTYPE_ARP = 0x0806;

describe('the ARP socket', { skip }, () => {
  let socket: ArpSocket;
  let wire: Wire;
  let heard: Uint8Array[];

  beforeEach(() => {
    makeCable('near', 'far', '198.18.51.1/24');
    heard = [];
    wire = openWire(indexOf('far'));
    socket = openArpSocket({
      interfaceIndex: indexOf('near'),
      onFrame: frame => heard.push(frame.slice()),
      onError: error => assert.fail(error),
    });
  });

  afterEach(() => {
    socket.close();
    wire.close();
    ip('link delete near');
  });

  const macOf = async (name: string) => {
    const netlink = openRouteNetlink(() => {});
    const mac = (await netlink.readLink(name))?.mac;
    netlink.close();
    assert.ok(mac);
    return mac;
  };

  test('hears ARP that arrives, and nothing else', async () => {
    const neighbour = openPacketSocket(indexOf('far'));
    wire.inject(new Uint8Array(60).fill(0x45));
    neighbour.send(gratuitousArp(VIP, await macOf('far')));
    neighbour.close();
    await waitFor(() => heard.length > 0, { what: 'ARP arrives', deadlineMs: 2_000 });
    assert.deepEqual(heard.map(arpSender), [{ address: VIP, mac: await macOf('far') }]);
  });

  test('puts a probe on the wire as it is', async () => {
    const probe = arpProbe(VIP, await macOf('near'));
    socket.send(probe);
    const frames = await waitFor(
      () => {
        const arrived = wire.frames(ETHERTYPE_ARP);
        return arrived.length > 0 && arrived;
      },
      { what: 'the probe arrives', deadlineMs: 2_000 },
    );
    assert.deepEqual(new Uint8Array(frames[0] ?? []).subarray(0, 42), probe);
  });

  test('closed, it hears and sends nothing more', async () => {
    socket.close();
    socket.send(arpProbe(VIP, await macOf('near')));
    assert.equal(wire.frames(ETHERTYPE_ARP).length, 0);
  });

  test('hears again once the interface is back from being down', async () => {
    const errors: string[] = [];
    const listening = openArpSocket({
      interfaceIndex: indexOf('near'),
      onFrame: frame => heard.push(frame.slice()),
      onError: error => errors.push(error.code),
    });
    try {
      socket.close();
      ip('link set near down');
      await waitFor(() => errors.length > 0, { what: 'the error', deadlineMs: 2_000 });
      ip('link set near up');
      const neighbour = openPacketSocket(indexOf('far'));
      neighbour.send(gratuitousArp(VIP, await macOf('far')));
      neighbour.close();
      await waitFor(() => heard.length > 0, { what: 'ARP arrives', deadlineMs: 2_000 });
      assert.deepEqual(errors, ['ENETDOWN']);
    } finally {
      listening.close();
    }
  });

  test('an interface that is not there is refused', () => {
    assert.throws(
      () => openArpSocket({ interfaceIndex: 9_999, onFrame: () => {}, onError: () => {} }),
      (thrown: unknown) => (thrown as { code?: string }).code === 'ENODEV',
    );
  });
});
