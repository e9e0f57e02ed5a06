/** `locum decode --live` over a wire of the test's own: plain words, what is wrong and why, JSON, bounds, and the ways to end. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CaptureOptions } from '../../../src/app/capture.ts';
import { SHOWN_A_SECOND } from '../../../src/cli/decode/live.ts';
import { OperatingError } from '../../../src/lib/errors.ts';
import { ETH0, locum, type World } from '../support.ts';
import { bytesOf } from './support.ts';

/** From 198.18.51.2: version 3, VRID 51, priority 100, 1 s, 198.18.51.100, the checksum with the pseudo-header. */
const ADVERT = bytesOf('45c00020 00000000 ff70 0000 c6123302 e0000012 31336401 0064974c c6123364');

const changed = (...changes: readonly (readonly [at: number, octet: number])[]): Uint8Array => {
  const bytes = Uint8Array.from(ADVERT);
  for (const [at, octet] of changes) bytes[at] = octet;
  return bytes;
};

const framed = (packet: Uint8Array): Uint8Array =>
  Buffer.concat([bytesOf('01005e000012 00005e000133 0800'), packet]);

/** A wire on which the packets come at once; then nothing, until the test or the command ends it. */
function wire(
  packets: readonly Uint8Array[],
  { missed = 0, failure = '', ethernet = false } = {},
): { readonly world: World; readonly opened: CaptureOptions[]; readonly closed: () => boolean } {
  const opened: CaptureOptions[] = [];
  let closed = false;
  const signal = new AbortController();
  const openCapture = async (options: CaptureOptions) => {
    opened.push(options);
    setImmediate(() => {
      for (const packet of packets) options.onFrame(packet, ethernet);
      if (failure !== '') options.onError(new OperatingError('ENETDOWN', failure));
      else signal.abort('SIGINT');
    });
    return {
      missed: () => missed,
      close: () => {
        closed = true;
      },
    };
  };
  const world = { dependencies: { openCapture }, signal: signal.signal };
  return { world, opened, closed: () => closed };
}

const shown = (out: string): string[] =>
  out
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.replace(/^\d\d:\d\d:\d\d\.\d{3} {2}/, ''));

const LINE =
  '198.18.51.2 → group: router 51, priority 100, every 1s, for 198.18.51.100 (v3, checksum pseudo-header)';

describe('locum decode --live', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locum-live-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('says in plain words what is on the wire, and at the end how much it was', async () => {
    const { world, opened, closed } = wire([ADVERT]);
    const { code, out, err } = await locum(['decode', '--live', 'eth0'], world);
    assert.deepEqual(shown(out), [LINE]);
    assert.deepEqual(err.trim().split('\n'), ['listening on eth0', '1 packet on eth0, 0 of them wrong']);
    assert.deepEqual([code, opened[0]?.interfaceName, closed()], [0, 'eth0', true]);
  });

  const wrong: readonly (readonly [what: string, packet: Uint8Array, fault: RegExp])[] = [
    ['a wrong checksum', changed([26, 0]), /router 51.*\(v3\); WRONG: the checksum fits in no form$/],
    ['one that was forwarded', changed([8, 254]), /; WRONG: TTL 254 instead of 255: it was forwarded$/],
    ['a stranger among the versions', changed([20, 0x51]), /WRONG: .*there is no version 5/],
    [
      'one that is cut',
      ADVERT.subarray(0, 24),
      /^something: no IP packet; WRONG: 24 octets are not a whole IP/,
    ],
    ['nothing at all', new Uint8Array(0), /WRONG: 0 octets/],
  ];
  for (const [what, packet, fault] of wrong)
    it(`names ${what}`, async () => {
      const { world } = wire([packet]);
      const { out, err } = await locum(['decode', '--live', 'eth0'], world);
      assert.match(shown(out)[0] ?? '', fault);
      assert.match(err, /1 packet on eth0, 1 of them wrong/);
    });

  it('names who resigns, and the MAC of a virtual router', async () => {
    const { world } = wire([framed(changed([22, 0], [26, 0x71]))], { ethernet: true });
    const { out } = await locum(['decode', '--live', 'eth0'], world);
    assert.match(shown(out)[0] ?? '', /priority 0: it resigns, .*from 00:00:5e:00:01:33/);
  });

  it('judges by a configuration', async () => {
    const config = join(folder, 'locum.yaml');
    await writeFile(config, 'vrid: 51\nvip: [198.18.51.100/24, 198.18.51.101/24]\nadvert-interval: 2s\n');
    const { world } = wire([ADVERT, changed([8, 1])]);
    const { out } = await locum(['decode', '--live', 'eth0', '--config', config], world);
    const [first, second] = shown(out);
    assert.equal(first, `${LINE}; default believes it, but: interval-differs, addresses-differ`);
    assert.match(second ?? '', /; WRONG: default drops it, ttl[a-z-]*: /);
  });

  it('writes JSON lines like those of a capture, and as many as are wanted', async () => {
    const { world, closed } = wire([ADVERT, ADVERT, ADVERT]);
    const { code, out, err } = await locum(['decode', '--live', 'eth0', '--json', '--count', '2'], world);
    const lines = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    assert.equal(lines.length, 2);
    assert.equal(lines[0].vrrp.vrid, 51);
    assert.match(lines[0].time, /^\d{4}-.*Z$/);
    assert.deepEqual([code, closed()], [0, true]);
    assert.match(err, /2 packets on eth0/);
  });

  it('shows a portion of a flood and counts the rest', async () => {
    const { world } = wire(
      Array.from({ length: 5_000 }, () => ADVERT),
      { missed: 77 },
    );
    const { out, err } = await locum(['decode', '--live', 'eth0'], world);
    const count = shown(out).length;
    assert.ok(count >= SHOWN_A_SECOND && count < 5_000, `${count}`);
    const rest = `${5_000 - count} not shown: more than ${SHOWN_A_SECOND} in a second, 77 missed`;
    assert.match(err, new RegExp(`5000 packets on eth0, 0 of them wrong, ${rest}`));
  });

  it('takes the only interface that is up, and asks which where there are more', async () => {
    const one = wire([ADVERT]);
    assert.equal((await locum(['decode', '--live'], one.world)).code, 0);
    assert.equal(one.opened[0]?.interfaceName, 'eth0');
    const interfaces = [...ETH0, { name: 'eth1', up: true, addresses: [] }];
    const readHost = async () => ({ interfaces, capabilities: 0n });
    const two = wire([]);
    const world = { ...two.world, dependencies: { ...two.world.dependencies, readHost } };
    const { code, err } = await locum(['decode', '--live'], world);
    assert.equal(code, 2);
    assert.match(err, /name one of eth0, eth1/);
  });

  it('ends when the interface goes down, and says so', async () => {
    const { world, closed } = wire([ADVERT], { failure: 'cannot receive: Network is down (ENETDOWN)' });
    const { code, out, err } = await locum(['decode', '--live', 'eth0'], world);
    assert.deepEqual([code, closed(), shown(out).length], [1, true, 1]);
    assert.match(err, /1 packet on eth0.*\nerror: cannot receive: Network is down/);
  });

  const refused: readonly (readonly [args: readonly string[], why: RegExp])[] = [
    [['--live', 'eth0', '--count', '0'], /--count must be a number of packets, not "0"/],
    [['some.pcap', '--live', 'eth0'], /some\.pcap is a file: give one of the two/],
    [['--count', '3'], /are for --live/],
    [['--live', 'eth0', '--router', 'web'], /--router names a virtual router of a configuration/],
  ];
  for (const [args, why] of refused)
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, err } = await locum(['decode', ...args], wire([]).world);
      assert.equal(code, 2);
      assert.match(err, why);
    });

  it('says what is missing where it may not listen', async () => {
    const openCapture = () =>
      Promise.reject(
        new OperatingError('EPERM', 'cannot listen on interface 2: it needs the capability NET_RAW'),
      );
    const { code, err } = await locum(['decode', '--live', 'eth0'], { dependencies: { openCapture } });
    assert.equal(code, 2);
    assert.match(err, /^error: cannot listen .*NET_RAW\n$/);
  });
});
