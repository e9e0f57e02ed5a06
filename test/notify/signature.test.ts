/** The proof of a webhook: vectors made by others, and keys that are too short, too long or no base64. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { utc } from '../../src/lib/time.ts';
import { keyOf, signatureHeaders } from '../../src/notify/signature.ts';

const signWith = (key: Uint8Array) => (content: string) =>
  createHmac('sha256', key).update(content).digest('base64');

const keyIn = (secret: string): Uint8Array => {
  const key = keyOf(secret);
  assert.ok(key.ok);
  return key.value;
};

describe('the header fields', () => {
  it('are those of the test vector that libraries of Standard Webhooks share', () => {
    const key = keyIn('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n');
    const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
    assert.deepEqual(
      signatureHeaders(id, utc(1_614_265_330_999_999), '{"test": 2432232314}', signWith(key)),
      {
        'webhook-id': id,
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
    );
  });

  it('are signed with the octets of a text', () => {
    // printf '%s' 'a-1.1790000000.{}' | openssl dgst -sha256 -hmac 'twenty-four octets, long' -binary | base64
    const { 'webhook-signature': signature } = signatureHeaders(
      'a-1',
      utc(1_790_000_000_000_000),
      '{}',
      signWith(keyIn('twenty-four octets, long')),
    );
    assert.equal(signature, 'v1,12vrvQ9E/pOTmQb/0p4Z6OhkisUpLkhYwBduuhEXNHM=');
  });

  it('prove nothing without a key', () => {
    assert.deepEqual(Object.keys(signatureHeaders('a-1', utc(0), '{}', undefined)), [
      'webhook-id',
      'webhook-timestamp',
    ]);
  });
});

describe('a secret', () => {
  const refused: readonly (readonly [what: string, secret: string])[] = [
    ['nothing', ''],
    ['23 octets', 'x'.repeat(23)],
    ['65 octets', 'x'.repeat(65)],
    ['18 octets in base64', `whsec_${'A'.repeat(24)}`],
    ['what is no base64', `whsec_${'-'.repeat(40)}`],
    ['a cut base64', `whsec_${'A'.repeat(33)}`],
  ];
  for (const [what, secret] of refused)
    it(`of ${what} is refused`, () => {
      const key = keyOf(secret);
      assert.ok(!key.ok);
      assert.match(key.error, /^must hold 24 to 64 octets/);
      assert.ok(secret === '' || !key.error.includes(secret));
    });

  it('may have any length between, a line end behind it, and padding or none', () => {
    assert.equal(keyIn('x'.repeat(24)).length, 24);
    assert.equal(keyIn(`${'x'.repeat(64)}\n`).length, 64);
    assert.equal(keyIn(`whsec_${Buffer.alloc(25).toString('base64')}`).length, 25);
    assert.equal(keyIn(`whsec_${Buffer.alloc(25).toString('base64').replaceAll('=', '')}`).length, 25);
  });
});
