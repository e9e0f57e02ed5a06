/** The fuzzer, briefly: a fixed part of its inputs, a fresh part, and that it finds what it is there to find. */

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { replay } from '../../src/cli/replay/replay.ts';
import { replyTo } from '../../src/control/routes.ts';
import { isForUs } from '../../src/control/web-rules.ts';
import { messageJson } from '../../src/notify/message.ts';
import { readStatus, type Shown } from '../../src/page/view/read-status.ts';
import { receive } from '../../src/vrrp/receive.ts';
import { NO_MEMORY } from '../../src/vrrp/sequence.ts';
import { readFiles } from '../keepalived/support.ts';
import { Random } from '../sim/random.ts';
import { type BatchResult, type Finding, runBatch } from './batch.ts';
import { withRightChecksum, withRightIcv, withRightTag } from './breaking.ts';
import { runCampaign } from './campaign.ts';
import { liveTarget } from './live.ts';
import { messageTarget } from './messages.ts';
import { type PacketInput, packetTarget, type Receive } from './packets.ts';
import { ANSWERING, questionTarget } from './questions.ts';
import { recordingTarget } from './recordings.ts';
import { AH_KEY, HEADED, hmacKey, PLAIN, SIGNED } from './stations.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';
import { textTarget } from './texts.ts';

const inWords = (findings: readonly Finding[]): string =>
  findings.map(({ target, seed, problem, input }) => `${target} ${seed}: ${problem}\n${input}`).join('\n\n');

/** What each target must have come across, or it fuzzes nothing. */
const REACHED: Readonly<Record<string, readonly string[]>> = {
  decoder: ['accepted', 'ip-malformed', 'not-vrrp', 'destination', 'ttl', 'truncated', 'vrid', 'own-address'],
  ah: ['accepted', 'auth-header', 'auth-digest', 'auth-spi', 'auth-replay'],
  hmac: ['accepted', 'auth-trailer', 'auth-stale', 'auth-key', 'auth-digest', 'auth-replay'],
  keepalived: ['instances', 'remarks', 'nothing'],
  recording: ['agrees', 'differs', 'is no JSON', 'is of format', 'before any header', 'cannot be read'],
  live: ['two nodes', 'one node', 'unreadable'],
  question: ['200', 'live', 'events', 'work', '400', '403', '404', '405', '413'],
  message: ['signed', 'without a key'],
};

/** Of those that are slow. */
const FEWER: Readonly<Record<string, number>> = { keepalived: 2_000, recording: 2_000, live: 1_000 };

for (const target of TARGETS) {
  const count = FEWER[target.name] ?? 6_000;

  test(`${target.name}: nothing is found in inputs that are the same on every run`, async () => {
    const { findings, outcomes } = await runBatch(target, { target: target.name, first: 1, count });
    assert.equal(findings.length, 0, inWords(findings));
    for (const outcome of REACHED[target.name] ?? []) assert.ok(outcome in outcomes, `never: ${outcome}`);
  });

  test(`${target.name}: nothing is found in fresh ones`, async () => {
    const { findings } = await runBatch(target, { target: target.name, first: randomInt(2 ** 32), count });
    assert.equal(findings.length, 0, inWords(findings));
  });
}

/** The same ladder with a rung missing, by giving it what passes that rung. */
const BROKEN: Readonly<Record<string, readonly [target: Target<PacketInput>, problem: RegExp]>> = {
  'believes any checksum': broken(PLAIN, (packet, expected, hearing) => {
    const copy = withRightChecksum(packet, new Random(1));
    return receive(copy, expected, hearing);
  }),
  'believes any TTL': broken(PLAIN, (packet, expected, hearing) =>
    receive(
      (packet[0] ?? 0) >>> 4 === 4 && packet.length > 8 ? packet.with(8, 255) : packet,
      expected,
      hearing,
    ),
  ),
  'believes any ICV': broken(HEADED, (packet, expected, hearing) =>
    receive(withRightIcv(packet, AH_KEY), expected, hearing),
  ),
  'believes any tag': broken(SIGNED, (packet, expected, hearing) =>
    receive(withRightTag(packet, hmacKey), expected, hearing),
  ),
  'forgets the numbers of AH': broken(HEADED, (packet, expected, hearing) =>
    receive(packet, expected, hearing && { ...hearing, memory: NO_MEMORY }),
  ),
  'forgets the numbers of trailers': broken(SIGNED, (packet, expected, hearing) =>
    receive(packet, expected, hearing && { ...hearing, memory: NO_MEMORY }),
  ),
  'believes everybody': broken(PLAIN, (packet, expected, hearing) =>
    receive(
      packet,
      { ...expected, unicast: expected.unicast && { ...expected.unicast, checkSource: false } },
      hearing,
    ),
  ),
  'believes no message of one length': broken(PLAIN, (packet, expected, hearing) =>
    receive(packet.length === 32 ? new Uint8Array(0) : packet, expected, hearing),
  ),
  'throws at an odd length': broken(PLAIN, (packet, expected, hearing) => {
    if (packet.length % 2 === 1 && packet[0] === 0x45) throw new RangeError('odd');
    return receive(packet, expected, hearing);
  }),
};

function broken(stations: typeof PLAIN, take: Receive): readonly [Target<PacketInput>, RegExp] {
  return [packetTarget('broken', stations, take), /accepted|discarded|threw RangeError: odd/];
}

async function firstFinding<Input>(target: Target<Input>, most: number): Promise<Finding> {
  let result: BatchResult | undefined;
  for (let first = 1; first <= most && (result?.findings.length ?? 0) === 0; first += 500)
    result = await runBatch(target, { target: target.name, first, count: 500 });
  const finding = result?.findings[0];
  assert.ok(finding, `nothing in ${most} inputs`);
  return finding;
}

describe('a ladder that', () => {
  for (const [what, [target, problem]] of Object.entries(BROKEN))
    test(`${what} is found out`, async () => {
      assert.match((await firstFinding(target, 20_000)).problem, problem);
    });
});

test('a parser that throws is found out, with hardly more than what it takes', async () => {
  const target = textTarget('broken', files => {
    if (/priority/.test(files[0]?.text ?? '')) throw new TypeError('priority');
    return readFiles(files);
  });
  const { problem, input } = await firstFinding(target, 2_000);
  assert.match(problem, /^threw TypeError: priority/);
  assert.equal(input, 'priority');
});

/** What reads, answers and writes, each a little wrong. */
const WRONG: Readonly<Record<string, readonly [target: Target<never>, problem: RegExp]>> = {
  'a replay that shows control characters': wrong(
    recordingTarget('broken', (file, options, io) =>
      replay(file, options, {
        ...io,
        stdout: { write: text => io.stdout.write(text.replaceAll('?', '\u0007')) },
      }),
    ),
    /^it shows ".*\\u0007/,
  ),
  'a replay that does not name the line': wrong(
    recordingTarget('broken', (file, options, io) =>
      replay(file, options, { ...io, stderr: { write: text => io.stderr.write(text.replace(/:\d+/, '')) } }),
    ),
    /^it is refused without its line: error: standard input: the line/,
  ),
  'a replay that does otherwise': wrong(
    recordingTarget('broken', async (...given) => ((await replay(...given)) === 0 ? 1 : 2)),
    /^what a daemon wrote is not replayed|^it is refused without its line/,
  ),
  'a page that believes its node': wrong(
    liveTarget('broken', message => readStatus(message) && (JSON.parse(message) as Shown)),
    /^threw TypeError|^what is shown of what is shown|^status\./,
  ),
  'a page that leaves out the end': wrong(
    liveTarget('broken', message => {
      const shown = readStatus(message);
      return shown && { ...shown, trackers: shown.trackers.slice(0, 1) };
    }),
    /^what nobody touched is read as/,
  ),
  'a drain by a link': wrong(
    questionTarget('broken', {
      ...ANSWERING,
      replyTo: (question, desk) =>
        replyTo({ ...question, method: question.method.replace('GET', 'POST') }, desk),
    }),
    /^answered with (?:200, not 405|405, not 200)/,
  ),
  'a name that ends like ours': wrong(
    questionTarget('broken', {
      ...ANSWERING,
      isForUs: (host, rules) => isForUs(host, rules) || host?.endsWith('example.com') === true,
    }),
    /is taken for this node, and means/,
  ),
  'an origin that begins like a peer': wrong(
    questionTarget('broken', {
      ...ANSWERING,
      allowedOrigin: (origin, { peers }) =>
        peers.some(peer => origin?.startsWith(peer.slice(0, 24))) ? origin : undefined,
    }),
    /^the origin .* is answered with/,
  ),
  'a message made by hand': wrong(
    messageTarget('broken', (...given) => messageJson(...given).replaceAll('\\"', '"')),
    /^threw SyntaxError/,
  ),
  'a message with half a character': wrong(
    messageTarget('broken', (...given) => messageJson(...given).replaceAll('\\ud800', '\ud800')),
    /^it changes on its way/,
  ),
};

function wrong<Input>(target: Target<Input>, problem: RegExp): readonly [Target<never>, RegExp] {
  return [target as unknown as Target<never>, problem];
}

describe('found out is', () => {
  for (const [what, [target, problem]] of Object.entries(WRONG))
    test(what, async () => {
      assert.match((await firstFinding(target, 20_000)).problem, problem);
    });
});

test('a seed makes the same input every time, another seed another one', () => {
  for (const target of TARGETS) {
    const shown = (seed: number): string => target.show(target.make(new Random(seed)));
    assert.equal(shown(7), shown(7));
    assert.notEqual(shown(7), shown(8));
  }
});

test('an input that does not end is found out, and the others are tried all the same', async () => {
  let inputs = 0;
  const findings = await runCampaign({
    seed: 0,
    inputs: 4_000,
    targets: ['decoder'],
    jobs: 1,
    hangMs: 1_000,
    worker: new URL('./hanging-worker.js', import.meta.url),
    onProgress: ({ batch }) => {
      inputs += batch.count;
    },
  });
  assert.deepEqual(
    findings.map(({ seed, problem }) => [seed, problem]),
    [[3, 'does not end']],
  );
  assert.equal(inputs, 4 + 2_000);
});
