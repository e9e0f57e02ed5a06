/**
 * Every row of test/vectors is judged: its fields are read as the row says, and the packet is accepted or discarded for the
 * reason given here. What this version does not speak is named with why, and must be discarded with a proper reason.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { parseIpAddress } from '../../src/lib/ip-address.ts';
import { parseMacAddress } from '../../src/lib/mac-address.ts';
import { centiseconds, seconds } from '../../src/lib/time.ts';
import { decodeAdvertisement, takeApart } from '../../src/vrrp/advertisement.ts';
import { gratuitousArp, unsolicitedNeighbourAdvertisement } from '../../src/vrrp/announce.ts';
import { passAuthentication } from '../../src/vrrp/authentication.ts';
import { isSealIntact } from '../../src/vrrp/authentication-header.ts';
import { messageChecksum } from '../../src/vrrp/checksum.ts';
import { decodeIp, isMulticast } from '../../src/vrrp/ip-packet.ts';
import type { Authentication, Parameters } from '../../src/vrrp/parameters.ts';
import { type DiscardReason, receive } from '../../src/vrrp/receive.ts';
import { ROOT } from '../support/paths.ts';
import { sentAgain, withoutIgnoredBits } from './ignored-bits.ts';
import {
  ah,
  digestOf,
  encodePacket,
  hmac,
  IPV6,
  ip,
  PEERS_IPV6,
  parameters,
  patched,
  unicastTo,
} from './support.ts';

interface Fields {
  readonly ipVersion?: number;
  readonly ttl?: number;
  readonly proto?: number;
  readonly src?: string;
  readonly dst?: string;
  readonly vrrpHex?: string;
  readonly version?: number;
  readonly type?: number;
  readonly vrid?: number;
  readonly priority?: number;
  readonly count?: number;
  readonly checksum?: string;
  readonly authType?: number;
  readonly advIntSeconds?: number;
  readonly maxAdverIntCs?: number;
  readonly reserved?: number;
  readonly addresses?: readonly string[];
  readonly trailerHex?: string;
  readonly ah?: { readonly spi: string; readonly seq: number; readonly icv: string };
  readonly checksumMessageOnly?: string;
  readonly checksumPseudoHeader?: string;
  readonly checksumForm?: readonly string[];
}

interface Row {
  readonly id: string;
  readonly frameHex?: string;
  readonly linkType?: number;
  readonly ipHex?: string;
  readonly about?: string;
  readonly decoded?: Fields;
}

type Verdict = 'accept' | { readonly discard: DiscardReason; readonly because: string };

const ARP: Verdict = {
  discard: 'ip-malformed',
  because: 'ARP: a layout to compare with',
};

const NEIGHBOUR_ADVERTISEMENT: Verdict = { discard: 'not-vrrp', because: 'ICMPv6: a layout to compare with' };

const VERDICTS: Readonly<Record<string, Verdict>> = {
  ...each('accept', 'tcpdump-vrrp#', [1, 2, 3, 14, 15, 16, 29, 30, 31, 49, 50, 51]),
  ...each('accept', 'tcpdump-vrrp#', [6, 7, 22, 23, 36, 37, 56]),
  'tcpdump-vrrp-vrrp_print-oobr#1': { discard: 'ip-malformed', because: 'not Ethernet: link type 107' },
  'tcpdump-vrrp-vrrp_print-oobr-2#1': { discard: 'ip-malformed', because: 'a fragment' },
  'gopacket-v2': 'accept',
  'gopacket-fork-v3-keepalived': 'accept',
  'holo-v2-payload': 'accept',
  'holo-v3-ipv6-payload': { discard: 'checksum', because: 'nobody says which addresses it covers' },
  'holo-ipv4-header': { discard: 'ip-malformed', because: 'a header without its payload' },
  'govrrp-v3-ipv4': 'accept',
  'keepalived-hmac-v3-ipv4': 'accept',
  'keepalived-hmac-v3-ipv6': 'accept',
  'ah-v2-multicast': 'accept',
  'ah-v2-unicast-ttl-zeroed': 'accept',
  'ah-v2-bad-icv': { discard: 'auth-digest', because: 'one bit of the ICV is turned' },
  'ah-v2-spi-mismatch': { discard: 'auth-digest', because: 'the ICV was not made anew' },
  'v2-none': 'accept',
  'v2-simple': 'accept',
  'v2-simple-short': 'accept',
  'v2-prio0': 'accept',
  'v2-owner': 'accept',
  'v2-ttl254': { discard: 'ttl', because: 'TTL 254' },
  'v2-badcksum': { discard: 'checksum', because: 'off by one' },
  'v2-interval-mismatch': { discard: 'interval', because: 'version 2: 2 s where the local interval is 1 s' },
  'v2-count20': 'accept',
  'v2-ip-options': 'accept',
  'v3-ipv4-pseudo': 'accept',
  'v3-ipv4-msg': 'accept',
  'v3-ipv4-unicast-mcast-cksum': 'accept',
  'v3-ipv4-interval0': { discard: 'interval', because: 'interval 0 (erratum 8301)' },
  'v3-ipv4-interval4095': 'accept',
  'v3-ipv4-reserved': 'accept',
  'v3-ipv4-count0': { discard: 'no-addresses', because: 'count 0 (erratum 8299)' },
  'v3-ipv4-trailing8': { discard: 'length', because: 'eight octets too many' },
  'v3-ipv6': 'accept',
  'v3-ipv6-first-not-ll': 'accept',
  'v3-ipv6-hlim64': { discard: 'ttl', because: 'hop limit 64' },
  'garp-rfc9568-vmac': ARP,
  'garp-physmac-keepalived-style': ARP,
  'garp-reply-physmac': ARP,
  'na-rfc9568': NEIGHBOUR_ADVERTISEMENT,
  'na-host': NEIGHBOUR_ADVERTISEMENT,
  'ah-secret-mcast': 'accept',
  'ah-secret-ucast': 'accept',
};

function each(verdict: Verdict, prefix: string, frames: readonly number[]): Record<string, Verdict> {
  return Object.fromEntries(frames.map(frame => [`${prefix}${frame}`, verdict]));
}

const rows: readonly Row[] = ['captured', 'derived'].flatMap(name =>
  readFileSync(join(ROOT, 'test', 'vectors', `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Row),
);

function bytes(hex: string): Uint8Array {
  const octets = fromHex(hex);
  assert.ok(octets, hex);
  return octets;
}

const ETHERNET_HEADER_LENGTH = 14;

/** The packet from its IP header on; a row that holds only the VRRP message gets a header of its own. */
function packetOf(row: Row): Uint8Array {
  if (row.ipHex !== undefined) return bytes(row.ipHex);
  if (row.frameHex !== undefined)
    return bytes(row.frameHex).subarray(row.linkType === 107 ? 0 : ETHERNET_HEADER_LENGTH);
  const header = /\b[0-9a-f]{40}\b/.exec(row.about ?? '');
  if (header !== null) return bytes(header[0]);
  const message = bytes(row.decoded?.vrrpHex ?? '');
  if (row.decoded?.ipVersion === 6) {
    const around = encodePacket(parameters(PEERS_IPV6), 1).subarray(0, 40);
    return Uint8Array.from([...patched(around, { 5: message.length }), ...message]);
  }
  const around = encodePacket(parameters({ primaryAddress: ip('198.18.0.7') }), 1).subarray(0, 20);
  return Uint8Array.from([...patched(around, { 3: 20 + message.length }), ...message]);
}

/** The key of the Internet-Draft's vectors. */
const DRAFT_KEY = digestOf(
  'sha256',
  Uint8Array.from({ length: 32 }, (_, i) => i),
);

/** The password is the one that the row tells in words: it is no field of the packet. */
function authenticationOf({ id, decoded = {}, about = '' }: Row): Authentication {
  if (decoded.authType === 1) return passAuthentication(bytes(decoded.trailerHex ?? ''));
  if (id.startsWith('keepalived-hmac')) return hmac({ keys: new Map([[1, DRAFT_KEY]]) });
  if (decoded.authType === 2) return ah(about.includes('"secret"') ? 'secret' : 'password');
  return { type: 'none' };
}

/** The parameters of a router that the packet is meant for. */
function matching(row: Row): Parameters {
  const fields = row.decoded ?? {};
  const version = fields.version === 2 ? 2 : 3;
  const listed = (fields.addresses ?? []).flatMap(address => parseIpAddress(address) ?? []);
  return parameters({
    ...placeOf(fields),
    version,
    vrid: fields.vrid ?? 51,
    ...(listed.length > 0 && { addresses: listed }),
    advertisementInterval: version === 2 ? seconds(1) : centiseconds(fields.maxAdverIntCs ?? 100),
    authentication: authenticationOf(row),
  });
}

/** Where the router is: in unicast at the destination of the packet. */
function placeOf({ ipVersion, src, dst }: Fields): Partial<Parameters> {
  const inFamily = ipVersion === 6 ? IPV6 : {};
  const [from, to] = [parseIpAddress(src ?? ''), parseIpAddress(dst ?? '')];
  const isUnicast = from !== undefined && to !== undefined && !isMulticast(to);
  return isUnicast ? { ...inFamily, primaryAddress: to, unicast: unicastTo([from]) } : inFamily;
}

/** The captured version 2 routers advertise every 10 s; the derived rows are judged by a router with 1 s. */
function judge(row: Row): ReturnType<typeof receive> {
  const expected = matching(row);
  const captured = row.id.startsWith('tcpdump') && expected.version === 2;
  return receive(packetOf(row), captured ? { ...expected, advertisementInterval: seconds(10) } : expected);
}

test('every row of the vectors has a verdict, and every verdict a row', () => {
  assert.deepEqual(rows.map(({ id }) => id).sort(), Object.keys(VERDICTS).sort());
});

for (const row of rows) {
  const verdict = VERDICTS[row.id] ?? 'accept';
  const words = verdict === 'accept' ? 'accepted' : `discarded as ${verdict.discard}: ${verdict.because}`;

  test(`${row.id} is ${words}`, () => {
    const received = judge(row);
    if (verdict === 'accept') assert.equal(received.kind, 'accept', inspect(received));
    else
      assert.equal(
        received.kind === 'discard' ? received.reason : 'accepted',
        verdict.discard,
        row.about ?? '',
      );
  });

  if (verdict === 'accept') {
    test(`${row.id}: sent again, it is the same octets`, () => checkEncoding(row));
  }

  if ((row.decoded?.vrrpHex ?? '') !== '') {
    test(`${row.id}: the fields are read as they are`, () => checkFields(row.decoded ?? {}));
  }
}

function checkFields(fields: Fields): void {
  const family = fields.ipVersion === 6 ? 6 : 4;
  const message = bytes(fields.vrrpHex ?? '');
  const read = decodeAdvertisement(message, family);
  assert.ok(read);
  for (const name of ['version', 'type', 'vrid', 'priority', 'count'] as const)
    assert.equal(read[name], fields[name], name);
  assert.equal(read.checksum, Number(fields.checksum), 'checksum');
  if (fields.maxAdverIntCs !== undefined) assert.equal(read.interval, centiseconds(fields.maxAdverIntCs));
  if (fields.advIntSeconds !== undefined) assert.equal(read.interval, seconds(fields.advIntSeconds));
  assert.equal(read.authentication?.type, fields.authType);
  if (read.authentication !== undefined) assert.equal(toHex(read.authentication.data), fields.trailerHex);
  if (fields.ipVersion !== undefined) assert.deepEqual(read.addresses, fields.addresses);
  checkSums(fields, message);
}

function checkSums(fields: Fields, message: Uint8Array): void {
  const blank = patched(message, { 6: 0, 7: 0 });
  const here = ip('198.18.0.1');
  if (/^0x....$/.test(fields.checksumMessageOnly ?? ''))
    assert.equal(messageChecksum(blank, 'message-only', here, here), Number(fields.checksumMessageOnly));
  const [from, to] = [parseIpAddress(fields.src ?? ''), parseIpAddress(fields.dst ?? '')];
  if (from === undefined || to === undefined || fields.checksumPseudoHeader === undefined) return;
  assert.equal(messageChecksum(blank, 'pseudo-header', from, to), Number(fields.checksumPseudoHeader));
}

for (const row of rows.filter(({ decoded }) => decoded?.vrrpHex !== undefined && decoded.src !== undefined)) {
  test(`${row.id}: the IP header is read as it is`, () => {
    const fields = row.decoded ?? {};
    const read = decodeIp(packetOf(row));
    assert.ok(read);
    assert.deepEqual(
      { ttl: read.ttl, proto: read.protocol, src: read.source, dst: read.destination },
      { ttl: fields.ttl, proto: fields.proto, src: fields.src, dst: fields.dst },
    );
    const parts = takeApart(read);
    assert.ok(parts);
    assert.equal(toHex(parts.signed), fields.vrrpHex);
    const { spi, seq } = fields.ah ?? {};
    assert.deepEqual(parts.header, fields.ah && { spi: Number(`0x${spi}`), sequence: seq });
  });
}

function checkEncoding(row: Row): void {
  const fields = row.decoded ?? {};
  const received = judge(row);
  assert.ok(received.kind === 'accept');
  const again = sentAgain(received, packetOf(row), matching(row));
  const [theirs, ours] = withoutIgnoredBits(packetOf(row), again);
  assert.equal(ours, theirs);
  const plain = fields.checksumForm?.filter(form => form === 'pseudo-header' || form === 'message-only');
  if (plain?.length === 1) assert.deepEqual(plain, [received.checksumForm]);
}

test('v3-ipv4-unicast-mcast-cksum is of the form of keepalived up to 1.3.6', () => {
  const row = rows.find(({ id }) => id === 'v3-ipv4-unicast-mcast-cksum');
  assert.ok(row);
  const received = judge(row);
  assert.equal(received.kind === 'accept' && received.checksumForm, 'multicast-pseudo-header');
});

test('v3-ipv6-first-not-ll is accepted and noted', () => {
  const row = rows.find(({ id }) => id === 'v3-ipv6-first-not-ll');
  assert.ok(row);
  const received = judge(row);
  assert.deepEqual(received.kind === 'accept' && received.oddities, ['no-link-local-first']);
});

test('v2-simple is discarded with another password and without one', () => {
  const row = rows.find(({ id }) => id === 'v2-simple');
  assert.ok(row?.decoded);
  const other = passAuthentication(new TextEncoder().encode('secret13'));
  const reasons = [other, { type: 'none' } as const].map(authentication => {
    const received = receive(packetOf(row), { ...matching(row), authentication });
    return received.kind === 'discard' ? received.reason : 'accepted';
  });
  assert.deepEqual(reasons, ['auth-password', 'auth-type']);
});

for (const id of ['keepalived-hmac-v3-ipv4', 'keepalived-hmac-v3-ipv6']) {
  const row = rows.find(one => one.id === id);
  assert.ok(row);

  test(`${id} is proven by its key, and discarded without it`, () => {
    const expected = matching(row);
    const received = receive(packetOf(row), expected);
    assert.ok(received.kind === 'accept', inspect(received));
    assert.equal(received.proof, 'hmac 1');
    const reasons = [{ type: 'none' } as const, hmac(), hmac({ keys: new Map([[2, DRAFT_KEY]]) })].map(
      authentication => {
        const judged = receive(packetOf(row), { ...expected, authentication });
        return judged.kind === 'discard' ? judged.reason : 'accepted';
      },
    );
    assert.deepEqual(reasons, ['length', 'auth-digest', 'auth-key']);
  });
}

for (const id of ['ah-v2-unicast-ttl-zeroed', 'ah-secret-ucast'])
  test(`${id}: the ICV is right whatever the TTL is, as it is in every unicast packet`, () => {
    const row = rows.find(one => one.id === id);
    assert.ok(row);
    const authentication = authenticationOf(row);
    assert.ok(authentication.type === 'ah');
    for (const ttl of [1, 64, 255])
      assert.ok(isSealIntact(patched(packetOf(row), { 8: ttl }), authentication.digest));
  });

test('garp-physmac-keepalived-style is what we send; the two others differ where they should', () => {
  const frame = (id: string) => rows.find(row => row.id === id)?.frameHex;
  const mac = parseMacAddress('02:42:c0:00:02:0a');
  assert.ok(mac);
  const ours = toHex(gratuitousArp(ip('192.0.2.100'), mac));
  assert.equal(ours, frame('garp-physmac-keepalived-style'));
  const physical = '0242c000020a';
  const reply = ours
    .replace('0800060400010', '0800060400020')
    .replace(`${'f'.repeat(12)}c0000264`, `${physical}c0000264`);
  assert.equal(reply, frame('garp-reply-physmac'));
  const virtual = '00005e000133';
  const viaVirtualMac = ours
    .replaceAll(physical, virtual)
    .replace(`${'f'.repeat(12)}c0000264`, `${virtual}c0000264`);
  assert.equal(viaVirtualMac, frame('garp-rfc9568-vmac'));
});

/** Ours is from the virtual address itself; but for that, and the checksum over it, the layouts are the same. */
for (const [id, mac, router] of [
  ['na-rfc9568', '00:00:5e:00:02:33', true],
  ['na-host', '02:42:c0:00:02:0a', false],
] as const)
  test(`${id} is what we send, but for the source`, () => {
    const row = rows.find(one => one.id === id);
    const sender = parseMacAddress(mac);
    assert.ok(row && sender);
    const theirs = bytes(row.frameHex ?? '');
    const ours = unsolicitedNeighbourAdvertisement(ip('fe80::100'), sender, router);
    const asOurs = Uint8Array.from(theirs);
    asOurs.set(theirs.subarray(62, 78), 22);
    asOurs.set(ours.subarray(56, 58), 56);
    assert.equal(toHex(ours), toHex(asOurs));
  });
