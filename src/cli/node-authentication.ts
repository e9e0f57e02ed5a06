/** How a node authenticates, as explain/ compares it: which proof it gives and which it believes. Secrets become digests here. */

import { createHash } from 'node:crypto';
import type { AuthConfig } from '../app/config/config.ts';
import type { Authentication, Proof } from '../explain/model.ts';
import { toHex } from '../lib/bytes.ts';

const NOTHING: Proof = { id: 'none', shown: 'none' };

export function authenticationOf(auth: AuthConfig): Authentication {
  switch (auth.type) {
    case 'none':
      return mutual(NOTHING);
    case 'pass':
    case 'ah':
      return mutual({ id: `${auth.type} ${digest(auth.password)}`, shown: auth.type });
    case 'hmac':
      return keyed(auth);
  }
}

/** Comparable without being readable. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function mutual(proof: Proof): Authentication {
  return { gives: proof, believes: [proof.id] };
}

/** The modes are those of vrrp/parameters.ts. */
function keyed({ keys, activeKey, mode }: Extract<AuthConfig, { type: 'hmac' }>): Authentication {
  const idOf = (id: number, key: Uint8Array | undefined) => `hmac ${id} ${digest(toHex(key ?? NO_KEY))}`;
  const signed = { id: idOf(activeKey, keys.get(activeKey)), shown: `hmac with key ${activeKey}` };
  const known = [...keys].map(([id, key]) => idOf(id, key));
  return {
    gives: mode === 'receive-only' ? { id: NOTHING.id, shown: 'hmac without signing' } : signed,
    believes: mode === 'enforce' ? known : [...known, NOTHING.id],
  };
}

const NO_KEY = new Uint8Array();
