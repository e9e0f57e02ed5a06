/** One packet as one line of plain words, for people who watch the wire. What makes it useless stands at the end, behind `WRONG`. Pure. */

import { isMulticast, VRRP_TTL } from '../../vrrp/ip-packet.ts';
import type { Explanation } from './explain-packet.ts';

/** Such as `198.18.51.11 → group: router 51, priority 100, every 1s, for 198.18.51.100 (v3, checksum pseudo-header)`. */
export function wordsOf(explanation: Explanation): string {
  const faults = faultsOf(explanation);
  const remarks = remarksOn(explanation);
  return harmless(
    [
      `${routeOf(explanation)}: ${contentOf(explanation)}`,
      ...remarks.map(remark => `; ${remark}`),
      ...(faults.length > 0 ? [`; WRONG: ${faults.join('; ')}`] : []),
    ].join(''),
  );
}

/** Nobody can do anything with it, or the judge would not. */
export function isWrong(explanation: Explanation): boolean {
  return faultsOf(explanation).length > 0;
}

function routeOf({ ip, vlans = [] }: Explanation): string {
  const tags = vlans.map(vlan => `vlan ${vlan}, `).join('');
  if (ip === undefined) return `${tags}something`;
  return `${tags}${ip.source} → ${isMulticast(ip.destination) ? 'group' : ip.destination}`;
}

function contentOf({ ip, vrrp, checksumForm, ah, hmac, virtualMac }: Explanation): string {
  if (vrrp === undefined) return ip === undefined ? 'no IP packet' : `IP protocol ${ip.protocol}`;
  const { version, vrid, priority, interval, addresses } = vrrp;
  const how = [
    `v${version}`,
    ...(checksumForm === undefined || checksumForm === 'wrong' ? [] : [`checksum ${checksumForm}`]),
    ...(vrrp.authType === undefined || vrrp.authType === 0 ? [] : [`authentication type ${vrrp.authType}`]),
    ...(ah === undefined ? [] : ['behind AH']),
    ...(hmac === undefined ? [] : [`signed with key ${hmac.keyId}`]),
    ...(virtualMac === undefined ? [] : [`from ${virtualMac}`]),
  ];
  const forWhom = addresses.length === 0 ? 'for nothing' : `for ${addresses.join(', ')}`;
  return `router ${vrid}, ${priorityText(priority)}, every ${interval}, ${forWhom} (${how.join(', ')})`;
}

function priorityText(priority: number): string {
  if (priority === 0) return 'priority 0: it resigns';
  return priority === 255 ? 'priority 255: it owns the addresses' : `priority ${priority}`;
}

/** What a judge found odd and believes all the same. */
function remarksOn({ verdict, router, oddities = [] }: Explanation): string[] {
  if (verdict !== 'accept' || oddities.length === 0) return [];
  return [`${router} believes it, but: ${oddities.join(', ')}`];
}

function faultsOf(explanation: Explanation): string[] {
  const { verdict, router, reason, detail, checksumForm, ip, vrrp } = explanation;
  if (verdict === 'discard') return [`${router ?? 'no router'} drops it, ${reason}: ${detail}`];
  if (verdict === 'accept') return [];
  return [
    ...(detail === undefined ? [] : [detail]),
    ...(checksumForm === 'wrong' ? ['the checksum fits in no form'] : []),
    ...(vrrp !== undefined && vrrp.type !== 1 ? [`type ${vrrp.type} is no advertisement`] : []),
    ...(vrrp !== undefined && vrrp.version !== 2 && vrrp.version !== 3
      ? [`there is no version ${vrrp.version}`]
      : []),
    ...(ip !== undefined && isMulticast(ip.destination) && ip.ttl !== VRRP_TTL
      ? [`TTL ${ip.ttl} instead of ${VRRP_TTL}: it was forwarded`]
      : []),
  ];
}

function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
