/** `locum decode` as a user runs it: captures and hexadecimal digits in, JSON lines out. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { locum } from '../support.ts';
import { bytesOf, capture } from './support.ts';

interface Vector {
  readonly id: string;
  readonly frameHex?: string;
  readonly ipHex?: string;
  readonly decoded?: {
    readonly version?: number;
    readonly vrid?: number;
    readonly priority?: number;
    readonly addresses?: readonly string[];
    readonly checksum?: string;
    readonly proto?: number;
    readonly ipVersion?: number;
  };
}

/** The vectors lie beside the sources, not beside what is compiled from them. */
const VECTORS = new URL('../../../../test/vectors/', import.meta.url);

const readVectors = (file: string): Vector[] =>
  readFileSync(new URL(file, VECTORS), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Vector);

const lines = (out: string): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>);

/** VRRPv3, VRID 51, priority 100, 198.18.51.100, 1 s, the checksum with the pseudo-header. */
const ADVERT = bytesOf('45c00020 00000000 ff700000 c6123302 e0000012 31336401 00640000 c6123364');

let folder: string;
let config: string;
let withPassword: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locum-decode-test-'));
  config = join(folder, 'one.yaml');
  await writeFile(
    config,
    'vrrp: {web: {vrid: 51, vip: 198.18.51.100/24}, mail: {vrid: 52, vip: 198.18.51.101/24}}\n',
  );
  withPassword = join(folder, 'v2.yaml');
  await writeFile(
    withPassword,
    'vrid: 42\nvip: 10.4.42.1/24\nversion: 2\nadvert-interval: 10s\nauth: {type: pass, password: abcdefgh}\n',
  );
  putChecksum(ADVERT);
});
after(() => rm(folder, { recursive: true, force: true }));

/** RFC 1071 over the pseudo-header and the message. */
function putChecksum(packet: Uint8Array): void {
  const message = packet.subarray(20);
  const covered = Buffer.concat([packet.subarray(12, 20), Buffer.from([0, 112, 0, message.length]), message]);
  let sum = 0;
  for (let at = 0; at < covered.length; at += 2) sum += covered.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  new DataView(packet.buffer, packet.byteOffset).setUint16(26, ~sum & 0xffff);
}

/** Without its other parts. */
const FRAGMENT = 'tcpdump-vrrp-vrrp_print-oobr-2#1';

describe('every recorded packet', () => {
  for (const file of ['captured.jsonl', 'derived.jsonl'])
    it(`of ${file} decodes to its recorded fields`, async () => {
      const vectors = readVectors(file).filter(
        ({ id, frameHex, ipHex, decoded }) =>
          (ipHex ?? frameHex) !== undefined && decoded?.proto === 112 && id !== FRAGMENT,
      );
      assert.ok(vectors.length > 5);
      const stdin = vectors.map(({ id, frameHex, ipHex }) => `${ipHex ?? frameHex} # ${id}`).join('\n');
      const { code, out, err } = await locum(['decode'], { stdin });
      assert.deepEqual([code, err], [0, '']);
      const decoded = lines(out);
      assert.equal(decoded.length, vectors.length);
      vectors.forEach(({ id, decoded: expected }, i) => {
        const vrrp = decoded[i]?.['vrrp'] as Record<string, unknown>;
        for (const field of ['version', 'vrid', 'priority', 'addresses', 'checksum'] as const)
          if (expected?.[field] !== undefined)
            assert.deepEqual(vrrp[field], expected[field], `${id}: ${field}`);
      });
    });
});

describe('a packet that proves its sender', () => {
  const judged = async (id: string, yaml: string): Promise<Record<string, unknown> | undefined> => {
    const vectors = ['captured.jsonl', 'derived.jsonl'].flatMap(readVectors);
    const file = join(folder, `${id}.yaml`);
    await writeFile(file, yaml);
    const stdin = vectors.find(vector => vector.id === id)?.ipHex ?? '';
    return lines((await locum(['decode', '--config', file], { stdin })).out)[0];
  };
  const AH = 'vrid: 51\nvip: 192.0.2.100/24\nversion: 2\n';

  it('by an authentication header is shown with its number, and judged', async () => {
    const line = await judged('ah-secret-mcast', `${AH}auth: {type: ah, password: secret}\n`);
    assert.deepEqual(line?.['ah'], { spi: '192.0.2.1', sequence: 1 });
    assert.deepEqual([line?.['verdict'], line?.['authentication']], ['accept', 'ah']);
    assert.equal((line?.['vrrp'] as { readonly vrid: number } | undefined)?.vrid, 51);
    const other = await judged('ah-secret-mcast', `${AH}auth: {type: ah, password: secret1}\n`);
    assert.deepEqual([other?.['verdict'], other?.['reason']], ['discard', 'auth-digest']);
    assert.doesNotMatch(JSON.stringify([line, other]), /"secret/);
  });

  it('by a trailer is shown with its key and its time', async () => {
    const line = await judged('keepalived-hmac-v3-ipv4', 'vrid: 51\nvip: 192.0.2.100/24\n');
    assert.deepEqual(line?.['hmac'], {
      keyId: 1,
      sequence: String((0x6800_0000n << 32n) + (0x8000n << 16n)),
      signedAt: '2025-04-16T19:07:44.000Z',
    });
    assert.equal(line?.['checksumForm'], 'message-only');
  });
});

describe('a packet', () => {
  const hex = () => Buffer.from(ADVERT).toString('hex');

  it('is shown with its fields and its checksum form, and not judged without a configuration', async () => {
    const { out } = await locum(['decode'], { stdin: hex() });
    assert.deepEqual(lines(out), [
      {
        line: 1,
        ip: { source: '198.18.51.2', destination: '224.0.0.18', ttl: 255, protocol: 112 },
        vrrp: {
          version: 3,
          type: 1,
          vrid: 51,
          priority: 100,
          count: 1,
          addresses: ['198.18.51.100'],
          interval: '1s',
          checksum: `0x${hex().slice(52, 56)}`,
        },
        checksumForm: 'pseudo-header',
      },
    ]);
  });

  it('is judged by the router of its VRID, or by the named one', async () => {
    const [byVrid] = lines((await locum(['decode', '--config', config], { stdin: hex() })).out);
    assert.deepEqual([byVrid?.['router'], byVrid?.['verdict'], byVrid?.['oddities']], ['web', 'accept', []]);
    const named = await locum(['decode', '--config', config, '--router', 'mail'], { stdin: hex() });
    const [byName] = lines(named.out);
    assert.deepEqual([byName?.['verdict'], byName?.['reason']], ['discard', 'vrid']);
  });

  it('that is discarded comes with the reason', async () => {
    const damaged = Uint8Array.from(ADVERT);
    damaged[26] = (damaged[26] ?? 0) ^ 0xff;
    const far = Uint8Array.from(ADVERT);
    far[8] = 254;
    const stdin = [damaged, far, ADVERT.subarray(0, 10)].map(b => Buffer.from(b).toString('hex')).join('\n');
    const { code, out } = await locum(['decode', '--config', config], { stdin });
    assert.equal(code, 0);
    assert.deepEqual(
      lines(out).map(({ verdict, reason }) => [verdict, reason]),
      [
        ['discard', 'checksum'],
        ['discard', 'ttl'],
        ['discard', 'ip-malformed'],
      ],
    );
    assert.equal(lines(out)[0]?.['checksumForm'], 'wrong');
  });

  it('over IPv6 is judged by the router of its VRID and family, and a virtual MAC is shown', async () => {
    const both = join(folder, 'both.yaml');
    await writeFile(
      both,
      'vrrp: {four: {vrid: 45, vip: 198.18.51.100/24}, six: {vrid: 45, advert-interval: 10s, vip: ["fe80::200:5eff:fe00:22d/64", "2001::abcd:a/64"]}}\n',
    );
    const [vector] = readVectors('captured.jsonl').filter(({ id }) => id === 'tcpdump-vrrp#6');
    const { out, err } = await locum(['decode', '--config', both], { stdin: vector?.frameHex ?? '' });
    assert.equal(err, '');
    const [line] = lines(out);
    assert.equal(line?.['virtualMac'], '00:00:5e:00:02:2d');
    assert.deepEqual(line?.['ip'], {
      source: 'fe80::d6ca:6dff:fe66:cf60',
      destination: 'ff02::12',
      ttl: 255,
      protocol: 112,
    });
    assert.deepEqual([line?.['router'], line?.['verdict'], line?.['oddities']], ['six', 'accept', []]);
  });

  it('to a unicast peer is judged as if we were that peer', async () => {
    const peers = join(folder, 'unicast.yaml');
    await writeFile(peers, 'vrid: 51\nvip: 192.0.2.100/24\nunicast: {peers: [192.0.2.10, 192.0.2.11]}\n');
    const [vector] = readVectors('derived.jsonl').filter(({ id }) => id === 'v3-ipv4-unicast-mcast-cksum');
    const { out } = await locum(['decode', '--config', peers], { stdin: vector?.ipHex ?? '' });
    const [line] = lines(out);
    assert.deepEqual([line?.['checksumForm'], line?.['verdict']], ['multicast-pseudo-header', 'accept']);
  });

  it('of which there is but a fragment says so', async () => {
    const [vector] = readVectors('captured.jsonl').filter(({ id }) => id === FRAGMENT);
    const { out } = await locum(['decode', '--config', config], { stdin: vector?.frameHex ?? '' });
    const [line] = lines(out);
    assert.equal(line?.['vrrp'], undefined);
    assert.deepEqual(
      [line?.['reason'], line?.['detail']],
      ['ip-malformed', 'a fragment, not a whole IP packet'],
    );
  });

  it('never shows the password, neither its own nor the configured one', async () => {
    const [vector] = readVectors('captured.jsonl').filter(({ id }) => id === 'tcpdump-vrrp#1');
    const { out, err } = await locum(['decode', '--config', withPassword], { stdin: vector?.frameHex ?? '' });
    assert.equal(lines(out)[0]?.['verdict'], 'accept');
    assert.ok(!`${out}${err}`.includes('abcdefgh') && !out.includes('6162636465666768'));
  });
});

describe('a capture', () => {
  const frame = () => Buffer.concat([bytesOf('01005e000012 02420a000002 8100 000a 0800'), ADVERT]);
  const packet = (bytes: Uint8Array) => ({ seconds: 1_700_000_000, fraction: 5, bytes });

  it('gives one line a packet, those of other protocols too', async () => {
    const arp = bytesOf('ffffffffffff 02420a000002 0806 0001');
    const file = join(folder, 'two.pcap');
    await writeFile(file, capture([packet(frame()), packet(arp)]));
    const { code, out } = await locum(['decode', '--config', config, file]);
    assert.equal(code, 0);
    const [first, second] = lines(out);
    assert.deepEqual(
      [first?.['packet'], first?.['time'], first?.['vlans'], first?.['verdict']],
      [1, '2023-11-14T22:13:20.000005000Z', [10], 'accept'],
    );
    assert.deepEqual(second, {
      packet: 2,
      time: '2023-11-14T22:13:20.000005000Z',
      verdict: 'discard',
      reason: 'not-vrrp',
      detail: 'EtherType 0x0806',
    });
  });

  it('that breaks off gives the packets before, one clear error, and exit code 2', async () => {
    const whole = capture([packet(frame()), packet(frame())]);
    const { code, out, err } = await locum(['decode'], { stdin: whole.subarray(0, whole.length - 3) });
    assert.equal(code, 2);
    assert.equal(lines(out).length, 1);
    assert.equal(
      err,
      `error: the capture ends within packet 2: ${frame().length - 3} of ${frame().length} octets\n`,
    );
  });

  it('of another link type is refused', async () => {
    const { code, out, err } = await locum(['decode'], {
      stdin: capture([packet(frame())], { linkType: 105 }),
    });
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /link type 105 is not supported: only Ethernet, raw IP and Linux cooked/);
  });
});

describe('other input', () => {
  it('is refused by its line, and the good lines are shown', async () => {
    const stdin = `# a comment\n0x45 00\n45:0\nhello\n${Buffer.from(ADVERT).toString('hex')}\n`;
    const { code, out, err } = await locum(['decode'], { stdin });
    assert.equal(code, 2);
    assert.deepEqual(
      lines(out).map(({ line }) => line),
      [2, 5],
    );
    assert.match(err, /^error: line 3: an odd number of hexadecimal digits\nerror: line 4: "h" is no hex/);
  });

  it('that is nothing, or not there, is one clear error', async () => {
    for (const [args, pattern] of [
      [['decode'], /there are no packets/],
      [['decode', join(folder, 'none.pcap')], /none\.pcap cannot be read/],
      [['decode', '--router', 'web'], /give --config too/],
      [['decode', '--config', config, '--router', 'wbe'], /no virtual router wbe; there are web, mail/],
      [['decode', '--config', join(folder, 'none.yaml')], /there is no such file/],
    ] as const) {
      const { code, out, err } = await locum(args);
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.match(err, pattern);
    }
  });
});
