/** What browsers are told apart by: the names of this node against DNS rebinding, the origins that may read. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allowedOrigin, isForUs, type WebRules } from '../../src/control/web-rules.ts';

const RULES: WebRules = {
  peers: ['http://198.18.51.12:9112', 'https://lb-b.example.com/locum'],
  names: ['lb-a.example.com'],
};

describe('a request is for this node', () => {
  const ours = [
    undefined,
    '',
    '198.18.51.11',
    '198.18.51.11:9112',
    '[2001:db8::11]:9112',
    'localhost:9112',
    'node-a',
    'lb-a.example.com',
    'LB-A.Example.Com:9112',
    'lb-a.example.com.',
    'lb-b.example.com:8443',
  ];
  for (const host of ours) it(`asked as ${host}`, () => assert.ok(isForUs(host, RULES)));
});

describe('a request is not for this node', () => {
  const strange = [
    'evil.example.org',
    'evil.example.org:9112',
    'lb-a.example.com.evil.example.org',
    '198.18.51.11.evil.example.org',
    'localhost.evil.example.org',
    'evil.example.org:9112:9112',
    '[evil.example.org]',
    '[evil.example.org',
  ];
  for (const host of strange) it(`asked as ${host}`, () => assert.ok(!isForUs(host, RULES)));
});

describe('an origin may read', () => {
  it('when it is that of a peer, exactly', () => {
    assert.equal(allowedOrigin('http://198.18.51.12:9112', RULES), 'http://198.18.51.12:9112');
    assert.equal(allowedOrigin('https://lb-b.example.com', RULES), 'https://lb-b.example.com');
  });

  const strangers = [
    undefined,
    'null',
    '*',
    'http://198.18.51.12',
    'https://198.18.51.12:9112',
    'http://198.18.51.12:91120',
    'https://lb-b.example.com/locum',
    'https://lb-b.example.com.evil.example.org',
  ];
  for (const origin of strangers)
    it(`and not ${origin}`, () => assert.equal(allowedOrigin(origin, RULES), undefined));
});
