/** Whether the nodes that `locum explain` is given hear each other, in each direction. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { locum, type Outcome } from './support.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'locum-explain-pairing-test-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Each as the settings of the one virtual router in YAML, or as the inside of an instance of keepalived. */
async function explain(first: Node, second: Node): Promise<Outcome> {
  const files = [first, second].map((node, i) => {
    const file = join(folder, `node${i + 1}.${'conf' in node ? 'conf' : 'yaml'}`);
    writeFileSync(file, 'conf' in node ? keepalived(node, i) : yaml(node, i));
    return file;
  });
  return locum(['explain', ...files]);
}

type Node = { readonly yaml: string } | { readonly conf: string; readonly global?: string };

function yaml(node: { readonly yaml: string }, index: number): string {
  return `vrid: 51\nvip: 198.18.51.100/24\npriority: ${100 - index}\n${node.yaml}\n`;
}

function keepalived({ conf, global = '' }: Extract<Node, { conf: string }>, index: number): string {
  return `global_defs {\n${global}\n}\nvrrp_instance web {
interface eth0\nvirtual_router_id 51\npriority ${100 - index}\n${conf}\nvirtual_ipaddress {\n198.18.51.100/24\n}\n}\n`;
}

async function breaks(first: Node, second: Node, ...messages: readonly RegExp[]): Promise<void> {
  const { code, out, err } = await explain(first, second);
  assert.deepEqual([code, out], [2, ''], err);
  for (const message of messages) assert.match(err, message);
  assert.match(err, /Nothing can be explained/);
}

async function works(first: Node, second: Node, ...messages: readonly RegExp[]): Promise<void> {
  const { code, out, err } = await explain(first, second);
  assert.equal(code, 0, err);
  assert.doesNotMatch(err, /^error/m);
  for (const message of messages) assert.match(out, message);
}

const EACH = /each discards what the other says, and both are master/;

describe('where adverts go', () => {
  const multicast = { yaml: '' };
  const to = (peers: string, more = '') => ({ yaml: `unicast: {peers: [${peers}]}\n${more}` });
  const PEER = 'unicast_peer {\n198.18.51.12\n}';

  it('multicast and unicast do not hear each other', async () => {
    await breaks(to('198.18.51.12'), multicast, EACH, /is 198\.18\.51\.12 on node1 and multicast on node2/);
    await breaks({ conf: '' }, { conf: PEER }, EACH, /from: node1: .*default, node2: .*node2\.conf:\d+/);
    await breaks({ conf: PEER, global: 'vrrp_version 3' }, multicast, EACH);
  });

  it('unicast needs the address of the other one', async () => {
    const source = (last: number) => `source: 198.18.51.${last}`;
    await breaks(
      to('198.18.51.12', source(11)),
      { yaml: `unicast: {peers: [198.18.51.13], check-source: false}\n${source(12)}` },
      /unicast\.peers: is .* on node1 \(198\.18\.51\.11\) .*: node1 discards what node2 says, and is master beside it/,
    );
    await works(
      to('198.18.51.12', source(11)),
      to('198.18.51.11', source(12)),
      /^works {4}nginx failing on node1 moves/m,
    );
    await works(to('198.18.51.11, 198.18.51.12', source(11)), to('198.18.51.11, 198.18.51.12', source(12)));
  });

  it('a sender that is no peer is believed where the source is not checked', async () => {
    const one = { yaml: 'unicast: {peers: [198.18.51.12]}\nsource: 198.18.51.11' };
    const two = (check: boolean) => ({
      yaml: `unicast: {peers: [198.18.51.11], check-source: ${check}}\nsource: 198.18.51.12`,
    });
    const other = {
      yaml: 'unicast: {peers: [198.18.51.11, 198.18.51.12], check-source: true}\nsource: 198.18.51.13',
    };
    await works(one, two(true));
    await breaks(other, two(true), EACH);
    await works({ yaml: one.yaml.replace('[198', '[198.18.51.13, 198') }, two(false));
  });

  it('what is sent with less than the other one accepts is not heard', async () => {
    const strict = { yaml: 'unicast: {peers: [198.18.51.12], min-ttl: 255}' };
    await breaks(
      strict,
      { yaml: 'unicast: {peers: [198.18.51.11], ttl: 64}' },
      /unicast\.min-ttl: is 255 \(it sends 255\) on node1 and 1 \(it sends 64\) on node2: node1 discards what node2 says, and is master/,
    );
    await works(strict, { conf: 'unicast_peer {\n198.18.51.11\n}', global: 'vrrp_version 3' });
    await breaks(
      { conf: 'unicast_ttl 64\nunicast_peer {\n198.18.51.12\n}' },
      { conf: 'unicast_peer {\n198.18.51.11 min_ttl 254\n}' },
      /node2 discards what node1 says.*\n {4}from: node1: .*node1\.conf:\d+, node2: .*node2\.conf:\d+/,
    );
  });

  it('what no file says is a note', async () => {
    await works(
      to('198.18.51.12'),
      to('198.18.51.11'),
      /^note {5}unicast\.peers is 198\.18\.51\.12 on node1 and 198\.18\.51\.11 on node2: /m,
    );
  });
});

describe('checksums of version 3', () => {
  const [plain, flagged] = [{ conf: '' }, { conf: 'v3_checksum_as_v2' }];
  const global = 'vrrp_version 3';

  it('keepalived with v3_checksum_as_v2 is not heard by one without, and hears it', async () => {
    await breaks(
      { ...flagged, global },
      { ...plain, global },
      /checksum: is rfc9568 on node1 and pseudo-header on node2: node2 discards what node1 says, and is master beside it\n {4}from: node1: .*node1\.conf:\d+, node2: keepalived's default/,
    );
    await works({ ...flagged, global }, { ...flagged, global });
    await works(flagged, plain);
  });

  it('Locum hears every form', async () => {
    await works({ yaml: 'checksum: rfc9568' }, { yaml: '' });
    await works({ ...flagged, global }, { yaml: '' });
    await breaks({ yaml: 'checksum: rfc9568' }, { ...plain, global }, /node2 discards what node1 says/);
  });
});

describe('authentication', () => {
  const KEYS = ['0', '1', '2'].map(digit => `hex:${digit.repeat(64)}`);
  const hmac = (ids: readonly number[], active: number, mode = 'enforce') => {
    const keys = ids.map(id => `${id}: "${KEYS[id]}"`).join(', ');
    return { yaml: `auth: {type: hmac, keys: {${keys}}, active-key: ${active}, mode: ${mode}}` };
  };

  it('a new key is added, made active and the old one removed, one node after the other', async () => {
    const steps = [hmac([1], 1), hmac([1, 2], 1), hmac([1, 2], 2), hmac([2], 2)];
    for (const [i, step] of steps.entries()) {
      await works(step, steps[i + 1] ?? step);
      await works(steps[i + 1] ?? step, step);
    }
    await breaks(hmac([1], 1), hmac([1, 2], 2), /node1 discards what node2 says, and is master beside it/);
    await breaks(hmac([1], 1), hmac([2], 2), /auth\.type: is hmac with key 1 on node1 .*each discards/);
  });

  it('signing is begun in steps too', async () => {
    const modes = ['receive-only', 'permissive', 'enforce'].map(mode => hmac([1], 1, mode));
    const [receiving = { yaml: '' }, permissive = { yaml: '' }, enforcing = { yaml: '' }] = modes;
    for (const [one, other] of [
      [{ yaml: '' }, receiving],
      [receiving, permissive],
      [permissive, enforcing],
    ] as const) {
      await works(one, other);
      await works(other, one);
    }
    await breaks(
      receiving,
      enforcing,
      /is hmac without signing on node1 and hmac with key 1 on node2: node2 discards what node1 says/,
    );
    await breaks({ yaml: '' }, permissive, /node1 discards what node2 says/);
  });

  it('keys are compared whatever they are written in, and never shown', async () => {
    const text = 'a key that is long enough for anybody';
    const hex = `hex:${Buffer.from(text).toString('hex')}`;
    const conf = { conf: `auth_hmac {\nkey 1 ${hex}\nmode enforce\n}` };
    const same = { yaml: `version: 2\nauth: {type: hmac, keys: {1: "${text}"}}` };
    await works(same, conf);
    const { out, err } = await explain({ yaml: same.yaml.replace('long', 'lang') }, conf);
    assert.match(err, /auth\.type: is not the same on node1 and node2: each discards/);
    assert.match(err, /node2: .*node2\.conf:\d+/);
    for (const secret of [text, hex]) assert.ok(!`${out}${err}`.includes(secret));
  });
});
