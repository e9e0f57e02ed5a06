/**
 * Rules across settings: what no single value can break. They also run when other values are wrong, so that every problem is
 * told at once; a setting that is missing or could not be read is undefined here.
 */

import type { z } from 'zod';
import { type Cidr, familyOf, formatCidr } from '../../lib/ip-address.ts';
import { type Duration, formatDuration, inSeconds } from '../../lib/time.ts';
import { checkFamily, type FamilyDraft } from './check-family.ts';
import { checkVmac, checkVmacNames, type VmacDraft } from './check-vmac.ts';
import type { Fault } from './leaf.ts';

/** Runs a rule even though the value it looks at has other issues. */
export const evenIfIncomplete = { when: () => true };

interface RouterDraft extends FamilyDraft {
  readonly vmac?: VmacDraft['vmac'];
  readonly vrid?: number | undefined;
  readonly vip?: readonly Cidr[] | undefined;
  readonly 'excluded-vip'?: readonly Cidr[] | undefined;
  readonly interface?: string | undefined;
  readonly version?: string | undefined;
  readonly 'advert-interval'?: Duration | undefined;
  readonly auth?: { readonly type?: string | undefined } | undefined;
}

export interface TrackerDraft {
  readonly interval?: Duration | undefined;
  readonly timeout?: Duration | undefined;
  readonly url?: string | undefined;
  readonly method?: string | undefined;
  readonly contains?: string | undefined;
  readonly 'tls-ca'?: string | undefined;
  readonly 'tls-name'?: string | undefined;
  readonly count?: number | undefined;
  readonly replies?: number | undefined;
}

type Context = Pick<z.core.$RefinementCtx, 'addIssue'>;

function report(context: Context, path: readonly string[], fault: Fault): void {
  context.addIssue({ code: 'custom', path: [...path], message: fault.what, params: { fix: fault.fix } });
}

export function checkRouter(router: RouterDraft, context: Context): void {
  checkVmac(router, context);
  checkFamily(router, context);
  const interval = router['advert-interval'];
  const fault = interval === undefined ? undefined : intervalFault(interval, router.version);
  if (fault !== undefined) report(context, ['advert-interval'], fault);
  const type = router.auth?.type;
  const isIpv6 = router.vip?.some(({ address }) => familyOf(address) === 6) === true;
  if ((type === 'pass' || type === 'ah') && router.version === '3' && !isIpv6)
    report(context, ['auth', 'type'], {
      what: 'must be none or hmac with version 3, which has no authentication of its own (RFC 9568 §9)',
      fix: 'use hmac, which protects, or leave auth out; pass and ah are of version 2',
    });
}

/** The interval fields: version 2 has 8 bits of seconds (RFC 3768 §5.3.7), version 3 has 12 bits of 10 ms (RFC 9568 §5.2.7). */
function intervalFault(interval: Duration, version: string | undefined): Fault | undefined {
  const whole = (unit_us: number, most: number) => interval % unit_us === 0 && interval / unit_us <= most;
  if (version === '2' && !whole(1_000_000, 255))
    return {
      what: 'must be whole seconds from 1s to 255s with version 2',
      fix: `use ${formatSeconds(interval)}, or version 3`,
    };
  if (version === '3' && !whole(10_000, 4095))
    return {
      what: 'must be from 10ms to 40.95s in steps of 10ms with version 3',
      fix: 'use a multiple of 10ms in that range',
    };
  return undefined;
}

function formatSeconds(interval: Duration): string {
  return `${Math.min(255, Math.max(1, Math.round(inSeconds(interval))))}s`;
}

export function checkTracker(tracker: TrackerDraft, context: Context): void {
  const { interval, timeout, count, replies } = tracker;
  if (interval !== undefined && timeout !== undefined && timeout > interval)
    report(context, ['timeout'], {
      what: `must not be longer than the interval, which is ${formatDuration(interval)}`,
      fix: `use ${formatDuration(interval)} or less, or a longer interval`,
    });
  if (count !== undefined && replies !== undefined && replies > count)
    report(context, ['replies'], {
      what: `must not be more than count, which is ${count}`,
      fix: `use ${count} or less, or a greater count`,
    });
  checkRequest(tracker, context);
}

function checkRequest(tracker: TrackerDraft, context: Context): void {
  if (tracker.method === 'HEAD' && tracker.contains !== undefined)
    report(context, ['contains'], {
      what: 'looks at the body, and the answer to HEAD has none',
      fix: 'use the method GET, or leave contains out',
    });
  if (tracker.url?.startsWith('http://') !== true) return;
  for (const name of ['tls-ca', 'tls-name'] as const)
    if (tracker[name] !== undefined)
      report(context, [name], {
        what: 'is for https, and the url is http',
        fix: 'use an https URL, or leave it out',
      });
}

/** Rules between virtual routers. */
export function checkRouters(routers: Readonly<Record<string, RouterDraft>>, context: Context): void {
  checkVmacNames(routers, context);
  const places = new Map<string, string>();
  const holders = new Map<string, string>();
  for (const [name, router] of Object.entries(routers)) {
    checkVrid(name, router, places, context);
    checkHeld(name, 'vip', router.vip ?? [], holders, context);
    checkHeld(name, 'excluded-vip', router['excluded-vip'] ?? [], holders, context);
  }
}

function checkVrid(name: string, router: RouterDraft, places: Map<string, string>, context: Context): void {
  const [taken] = router.vrid === undefined ? [] : others(places, name, [placeOf(router)]);
  if (taken === undefined) return;
  report(context, [name, 'vrid'], {
    what: `is also the VRID of ${taken.holder} on ${describeInterface(router.interface)}`,
    fix: 'give each virtual router of an interface and a family of addresses its own VRID',
  });
}

function checkHeld(
  name: string,
  setting: string,
  cidrs: readonly Cidr[],
  holders: Map<string, string>,
  context: Context,
): void {
  const addresses = cidrs.map(({ address }) => address);
  const [shared] = others(holders, name, addresses);
  const cidr = cidrs.find(({ address }) => address === shared?.key);
  if (shared === undefined || cidr === undefined) return;
  report(context, [name, setting], {
    what: `has ${formatCidr(cidr)}, which ${shared.holder} has ${shared.holder === name ? 'already' : 'too'}`,
    fix: 'give each address to one virtual router',
  });
}

/** Keys that somebody had before; the others are this one's from now on. */
function others(
  holders: Map<string, string>,
  name: string,
  keys: readonly string[],
): { readonly key: string; readonly holder: string }[] {
  return keys.flatMap(key => {
    const holder = holders.get(key);
    if (holder === undefined) holders.set(key, name);
    return holder === undefined ? [] : [{ key, holder }];
  });
}

/** What may be there once: IPv4 and IPv6 may share a VRID (RFC 9568 §5.2.3). */
function placeOf({ vrid, vip, interface: name }: RouterDraft): string {
  const [first] = vip ?? [];
  return `${vrid} ${first === undefined ? '' : familyOf(first.address)} ${name ?? ''}`;
}

function describeInterface(name: string | undefined): string {
  return name === undefined ? 'the same interface' : `interface ${name}`;
}
