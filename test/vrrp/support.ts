/** What the tests of the core share: parameters, advertisements and packets with one thing changed, and a router that is led by hand. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { type Duration, type Instant, instant, milliseconds, seconds } from '../../src/lib/time.ts';
import { type Advertisement, encodePackets } from '../../src/vrrp/advertisement.ts';
import { messageChecksum } from '../../src/vrrp/checksum.ts';
import { MULTICAST_GROUPS } from '../../src/vrrp/ip-packet.ts';
import type {
  Authentication,
  ChecksumForm,
  Digest,
  HmacAuthentication,
  Parameters,
  Unicast,
} from '../../src/vrrp/parameters.ts';
import type { Backup, Effect, Fault, Input, Master, Router, State } from '../../src/vrrp/state.ts';
import { USUAL_ANNOUNCING } from '../../src/vrrp/timing.ts';
import { createRouter, nextDeadline, step } from '../../src/vrrp/virtual-router.ts';

export function ip(text: string): IpAddress {
  const address = parseIpAddress(text);
  assert.ok(address, text);
  return address;
}

export const US = ip('198.18.0.2');
export const PEER = ip('198.18.0.1');
export const HIGHER = ip('198.18.0.9');
export const THIRD = ip('198.18.0.3');
export const VIP = ip('198.18.51.100');

/** The same in IPv6: link-local senders, and addresses of which the first is link-local. */
export const US_6 = ip('fe80::2');
export const PEER_6 = ip('fe80::1');
export const VIPS_6: readonly IpAddress[] = [ip('fe80::100'), ip('fd00:198:18::100')];
export const IPV6: Partial<Parameters> = { addresses: VIPS_6, primaryAddress: US_6 };
/** What a peer over IPv6 differs in. */
export const PEERS_IPV6: Partial<Parameters> = { addresses: VIPS_6, primaryAddress: PEER_6 };

/** Advertisements to these peers, with all that may be asked for asked for. */
export function unicastTo(peers: readonly IpAddress[], changes: Partial<Unicast> = {}): Unicast {
  return { peers, ttl: 255, minimumTtl: 255, checkSource: true, ...changes };
}

export const at = (ms: number): Instant => instant(ms * 1_000);

export function parameters(changes: Partial<Parameters> = {}): Parameters {
  return {
    version: 3,
    vrid: 51,
    addresses: [VIP],
    primaryAddress: US,
    priority: 100,
    advertisementInterval: seconds(1),
    preempt: true,
    preemptDelay: seconds(0),
    joint: false,
    announcing: USUAL_ANNOUNCING,
    timing: 'fast',
    unicast: undefined,
    checksum: 'pseudo-header',
    authentication: { type: 'none' },
    ...changes,
  };
}

export function advertisement(changes: Partial<Advertisement> = {}): Advertisement {
  return {
    version: 3,
    type: 1,
    vrid: 51,
    priority: 200,
    count: 1,
    addresses: [VIP],
    interval: seconds(1),
    checksum: 0,
    authentication: undefined,
    ...changes,
  };
}

export function digestOf(hash: 'md5' | 'sha256', key: Uint8Array | string): Digest {
  return octets => createHmac(hash, key).update(octets).digest();
}

export function ah(password = 'secret'): Authentication {
  return { type: 'ah', digest: digestOf('md5', password) };
}

/** Two keys, 1 and 2, of which 1 signs; a window of 10 s. */
export function hmac(changes: Partial<HmacAuthentication> = {}): HmacAuthentication {
  return {
    type: 'hmac',
    keys: new Map([1, 2].map(id => [id, digestOf('sha256', `key ${id}`)])),
    activeKey: 1,
    mode: 'enforce',
    window: seconds(10),
    ...changes,
  };
}

/** The one packet that a router sends which has the group for a destination, or one peer. */
export function encodePacket(from: Parameters, priority: number, sequence?: bigint): Uint8Array {
  const [packet, ...more] = encodePackets(from, priority, sequence);
  assert.ok(packet !== undefined && more.length === 0, 'one destination, one packet');
  return packet;
}

/** What a peer with these parameters puts on the wire. */
export function peerPacket(
  changes: Partial<Parameters> = {},
  priority?: number,
  sequence?: bigint,
): Uint8Array {
  const theirs = parameters({ primaryAddress: PEER, ...changes });
  return encodePacket(theirs, priority ?? theirs.priority, sequence);
}

/** A copy with octets changed; offsets count from the IPv4 header. */
export function patched(packet: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  const copy = Uint8Array.from(packet);
  for (const [offset, value] of Object.entries(changes)) copy[Number(offset)] = value;
  return copy;
}

/** A copy whose checksum is made right again after a change. */
export function resealed(packet: Uint8Array, form: ChecksumForm, source: IpAddress = PEER): Uint8Array {
  const copy = patched(packet, { 26: 0, 27: 0 });
  const sum = messageChecksum(copy.subarray(20), form, source, MULTICAST_GROUPS[4]);
  return patched(copy, { 26: sum >>> 8, 27: sum & 0xff });
}

/** A router under test: inputs go in at a time, the effects of the last one are kept. */
export class Led {
  router: Router;
  effects: readonly Effect[] = [];
  now: Instant = at(0);

  constructor(changes: Partial<Parameters> = {}) {
    this.router = createRouter(parameters(changes));
  }

  input(ms: number, input: Input): this {
    this.now = at(ms);
    const { router, effects } = step(this.router, input, this.now);
    this.router = router;
    this.effects = effects;
    return this;
  }

  start(ms = 0): this {
    return this.input(ms, { type: 'startup', fault: undefined });
  }

  hear(ms: number, priority: number, source: IpAddress = PEER, changes: Partial<Advertisement> = {}): this {
    return this.input(ms, { type: 'advert', advertisement: advertisement({ priority, ...changes }), source });
  }

  timeout(ms: number): this {
    return this.input(ms, { type: 'timeout' });
  }

  retune(ms: number, changes: Partial<Parameters>): this {
    return this.input(ms, { type: 'parameters', parameters: { ...this.router.parameters, ...changes } });
  }

  /** Runs into the next deadline, whenever it is. */
  wait(): this {
    const deadline = nextDeadline(this.router);
    assert.ok(deadline, 'waits for nothing');
    this.now = deadline.at;
    return this.timeout(deadline.at / 1_000);
  }

  get deadline(): { readonly at: Instant; readonly reason: string } | undefined {
    return nextDeadline(this.router);
  }

  /** From the last input to the next deadline. */
  get remaining(): Duration {
    assert.ok(this.deadline, 'waits for nothing');
    return (this.deadline.at - this.now) as Duration;
  }

  get state(): State {
    return this.router.state;
  }

  /** The effects in words, without the details of the state change. */
  get did(): readonly string[] {
    return this.effects.map(inWords);
  }
}

export function inWords(effect: Effect): string {
  if (effect.type === 'advertise') return `advertise ${effect.priority}`;
  if (effect.type === 'stateChanged') return `${effect.from} → ${effect.to}: ${effect.reason}`;
  return effect.type;
}

/** A backup that has heard its master, priority 200 unless told. */
export function backupOf(masterPriority = 200, changes: Partial<Parameters> = {}): Led {
  return new Led(changes).start().hear(0, masterPriority);
}

/** A master that took over on silence; its clock stands at the moment it did. */
export function masterOf(changes: Partial<Parameters> = {}): Led {
  const led = new Led(changes).start();
  if (led.state.name !== 'master') led.wait();
  assert.equal(led.state.name, 'master');
  return led;
}

export function asBackup(state: State): Backup {
  assert.ok(state.name === 'backup', `is ${state.name}`);
  return state;
}

export function asMaster(state: State): Master {
  assert.ok(state.name === 'master', `is ${state.name}`);
  return state;
}

export function asFault(state: State): Fault {
  assert.ok(state.name === 'fault', `is ${state.name}`);
  return state;
}

/** What a master says and does when it becomes one or is contested. */
export function assertion(priority = 100): readonly string[] {
  return [`advertise ${priority}`, 'acquireAddresses', 'announceAddresses'];
}

/** The same milliseconds as a Duration. */
export const ms = milliseconds;
