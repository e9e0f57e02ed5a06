/** How a virtual router authenticates: `vrrp.NAME.auth`, with one group of settings a type, and what each is worth. */

import { z } from 'zod';
import { fromHex } from '../../lib/bytes.ts';
import { type Duration, inSeconds, seconds } from '../../lib/time.ts';
import type { AuthConfig } from './config.ts';
import { choice, duration, type Fault, integer, secret } from './leaf.ts';
import { evenIfIncomplete } from './rules.ts';

const password = secret(passwordFault, {
  description:
    'The password of VRRPv2, 1 to 8 octets. It does not protect: with pass it crosses the network.',
});

export const hmac = z
  .strictObject({
    type: z.literal('hmac'),
    keys: z
      .record(
        z.string(),
        secret(keyFault, {
          description: 'A key of 32 to 64 octets: hex:DIGITS, best from `openssl rand -hex 32`, or text.',
        }),
      )
      .meta({ description: 'The keys by id, 0 to 255: what is signed with any of them is believed.' })
      .optional(),
    'active-key': integer(0, 255, {
      description: 'The id of the key to sign with; left out: the only key.',
    }).optional(),
    mode: choice(['receive-only', 'permissive', 'enforce'], {
      description:
        'How a group is changed over, one step on all nodes after the other: receive-only verifies and does not sign, permissive signs and still believes what is not signed, enforce believes nothing else.',
      default: 'enforce',
    }),
    'anti-replay': choice(['time', 'monotonic'], {
      description:
        'What makes a recorded advertisement worthless: time compares with the clock of this host, monotonic only asks that numbers grow.',
      default: 'time',
    }),
    'time-window': duration(
      {
        description:
          'With anti-replay time: how far the clocks of the nodes may be apart, 1s to 300s in whole seconds.',
        default: '10s',
      },
      seconds(300),
    ),
  })
  .superRefine(checkHmac, evenIfIncomplete);

export const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('pass'), password }),
  z.strictObject({ type: z.literal('ah'), password }),
  hmac,
]);

type AuthSettings = z.output<typeof auth>;

export function toAuthConfig(settings: AuthSettings): AuthConfig {
  if (settings.type !== 'hmac') return settings;
  const keys = Object.entries(settings.keys ?? {}).map(([id, key]) => [Number(id), keyOctets(key)] as const);
  return {
    type: 'hmac',
    keys: new Map(keys),
    activeKey: settings['active-key'] ?? keys[0]?.[0] ?? 0,
    mode: settings.mode,
    window: settings['anti-replay'] === 'time' ? settings['time-window'] : undefined,
  };
}

/** What has to be said about a setting that is right, `what` completing "vrrp.web.auth.type: …". */
export function weaknessOf(
  settings: AuthSettings,
): (Fault & { readonly setting: 'type' | 'mode' }) | undefined {
  switch (settings.type) {
    case 'none':
      return undefined;
    case 'pass':
      return {
        setting: 'type',
        what: 'pass does not protect: every advertisement carries the password in clear text. It only keeps apart what was mixed up',
        fix: PROTECT,
      };
    case 'ah':
      return {
        setting: 'type',
        what: 'ah does not protect: whoever records one advertisement can try all passwords of 8 octets against its MD5, and a router that has just started believes old recordings',
        fix: PROTECT,
      };
    case 'hmac':
      return settings.mode === 'enforce'
        ? undefined
        : {
            setting: 'mode',
            what: `${settings.mode} does not protect yet: advertisements without a signature are believed`,
            fix: 'use enforce once all routers of the group sign; `locum status` shows how each peer proves itself',
          };
  }
}

const PROTECT =
  'use hmac, which Locum and keepalived 2.4 speak; with other routers, let nobody else onto this network';

interface HmacDraft {
  readonly keys?: Readonly<Record<string, unknown>> | undefined;
  readonly 'active-key'?: number | undefined;
  readonly 'time-window'?: Duration | undefined;
}

function checkHmac(hmac: HmacDraft, context: Pick<z.core.$RefinementCtx, 'addIssue'>): void {
  const report = (path: string[], what: string, fix: string): void =>
    context.addIssue({ code: 'custom', path, message: what, params: { fix } });
  const ids = Object.keys(hmac.keys ?? {});
  if (ids.length === 0) report(['keys', '1'], 'is missing', '');
  for (const id of ids)
    if (!KEY_ID.test(id)) report(['keys', id], 'has an id that is no number from 0 to 255', 'use 0 to 255');
  const active = hmac['active-key'];
  if (active === undefined && ids.length > 1)
    report(['active-key'], `is missing, and there are the keys ${ids.join(', ')}`, '');
  if (active !== undefined && ids.length > 0 && !ids.includes(String(active)))
    report(['active-key'], `is none of the keys ${ids.join(', ')}`, `use ${ids.join(' or ')}`);
  const window = hmac['time-window'];
  if (window !== undefined && !Number.isInteger(inSeconds(window)))
    report(['time-window'], 'must be whole seconds', 'use 1s to 300s');
}

const KEY_ID = /^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;
const HEX = 'hex:';

function keyOctets(key: string): Uint8Array {
  const octets = key.startsWith(HEX) ? fromHex(key.slice(HEX.length)) : new TextEncoder().encode(key);
  return octets ?? new Uint8Array();
}

function keyFault(key: string): Fault | undefined {
  const octets = keyOctets(key).length;
  if (octets >= 32 && octets <= 64) return undefined;
  const fix = 'make one with `openssl rand -hex 32` and write hex: before it';
  if (octets === 0 && key !== '' && key !== HEX) return { what: 'is not in hexadecimal digits', fix };
  return { what: `must be 32 to 64 octets, has ${octets}`, fix };
}

function passwordFault(password: string): Fault | undefined {
  const octets = new TextEncoder().encode(password).length;
  return octets >= 1 && octets <= 8 && !password.includes('\0')
    ? undefined
    : {
        what: `must be 1 to 8 octets, has ${octets}`,
        fix: 'shorten it: VRRPv2 has room for 8 octets (keepalived cuts longer ones to 8 without a word)',
      };
}
