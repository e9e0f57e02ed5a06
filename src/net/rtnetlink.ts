/**
 * The kernel's interfaces and addresses, rtnetlink(7): typed requests and events. A request takes some 20 µs in the kernel, and
 * as long as another process holds the kernel's rtnl lock: tens of milliseconds when a container comes or goes. So none of them
 * runs on the event loop, where adverts would wait for it. Decides nothing.
 */

import { OperatingError } from '../lib/errors.ts';
import { type Cidr, formatCidr } from '../lib/ip-address.ts';
import { errnoError } from '../native/libc.ts';
import { type NetlinkSocket, openNetlinkSocket } from '../native/netlink-socket.ts';
import {
  decodeLinkDetails,
  encodeLinkChange,
  encodeLinkDeletion,
  encodeLinksQuery,
  encodeMacvlan,
  type KernelLinkDetails,
  type LinkChange,
  type Macvlan,
} from './macvlan-messages.ts';
import {
  decodeAddress,
  decodeErrno,
  decodeLink,
  decodeMessages,
  encodeAddress,
  encodeAddressQuery,
  encodeLinkQuery,
  encodeMessage,
  encodeNewAddress,
  type KernelAddress,
  type KernelLink,
  type Lease,
  type NetlinkMessage,
} from './rtnetlink-messages.ts';

export type { Ipv4Settings, KernelLinkDetails, LinkChange, Macvlan } from './macvlan-messages.ts';
export type { KernelAddress, KernelLink, Lease } from './rtnetlink-messages.ts';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_REPLACE = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const NLM_F_DUMP = 0x300;
const RTMGRP_LINK = 0x1;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV6_IFADDR = 0x100;

/** Room for the events of a stall. */
const EVENT_BUFFER_BYTES = 1024 * 1024;
/** Datagrams read in one turn of the event loop; what remains wakes the next. */
const EVENTS_PER_TURN = 64;
/** What the event socket says when messages were dropped, or one was too long. */
const LOSSES = new Set(['ENOBUFS', 'EMSGSIZE']);
/** A dump during which something changed is repeated this often, then taken as it is: an event will correct it. */
const DUMP_ATTEMPTS = 3;
/** Datagrams of one answer: a dump of some 400,000 addresses. */
const ANSWER_LIMIT = 1_024;
/** Requests in one datagram: a few milliseconds of the kernel's time, which the next request waits for. */
const REQUESTS_TOGETHER = 32;

/** What changed. `resync`: events were lost, so everything learnt from them must be read again. */
export type RouteEvent =
  | { readonly kind: 'link'; readonly link: KernelLink }
  | { readonly kind: 'link-gone'; readonly link: KernelLink }
  | { readonly kind: 'address'; readonly address: KernelAddress }
  | { readonly kind: 'address-gone'; readonly address: KernelAddress }
  | { readonly kind: 'resync' };

/**
 * Changes take effect in the order of the calls; reading has a queue of its own, so that no change waits for a long list. Rejects with
 * OperatingError, with the errno's name: `EPERM`, `ENODEV`, …, `ENOBUFS` when the answer was lost, `EIO` when the
 * request did not reach the kernel, as after `close`.
 */
export interface RouteNetlink {
  /** Undefined when there is no interface of that name. */
  readLink(name: string): Promise<KernelLink | undefined>;
  /** Every address of the namespace, IPv4 first, per interface in the kernel's order: the primary ones first. */
  listAddresses(): Promise<readonly KernelAddress[]>;
  /**
   * Puts a global address on the interface; the kernel removes it by itself at the end of a lease of 1 second or more.
   * `create` is refused with `EEXIST` when the interface has it already, `replace` then gives it the new lifetime.
   */
  putAddress(cidr: Cidr, interfaceIndex: number, lease: Lease, mode: 'create' | 'replace'): Promise<void>;
  /** Refused with `EADDRNOTAVAIL` when the interface does not have the address. */
  deleteAddress(cidr: Cidr, interfaceIndex: number): Promise<void>;
  /** Links and addresses that change from now on; the returned function unsubscribes. */
  subscribe(listener: (event: RouteEvent) => void): () => void;
  /** An open one does not keep the process alive. */
  close(): void;
}

/** Interfaces of our own making, and settings of others. Rejects as {@link RouteNetlink} does. */
export interface LinkNetlink {
  /** Every interface of the namespace. */
  listLinks(): Promise<readonly KernelLinkDetails[]>;
  /** Undefined when there is no interface of that name. */
  readLinkDetails(name: string): Promise<KernelLinkDetails | undefined>;
  /**
   * Makes a macvlan that is down. `EEXIST`: the name is taken; `EBUSY`: the parent is a port of a bridge or the like; `EINVAL`: nothing
   * can lie on it; `EOPNOTSUPP`: the kernel has no macvlan.
   */
  createMacvlan(macvlan: Macvlan): Promise<void>;
  /** `EADDRINUSE` when it is to go up, and the hardware has its MAC in use; `EAFNOSUPPORT` without that family. */
  changeLink(interfaceIndex: number, change: LinkChange): Promise<void>;
  /** Refused with `ENODEV` when it is gone. */
  deleteLink(interfaceIndex: number): Promise<void>;
}

/** `onError` hears of a broken event socket (lost events are not that, but a `resync`). Throws OperatingError. */
export function openRouteNetlink(onError: (error: OperatingError) => void): RouteNetlink & LinkNetlink {
  const listeners = new Set<Hear>();
  const hear: Hear = event => {
    for (const listener of listeners) listener(event);
  };
  const events = openNetlinkSocket({
    groups: RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
    receiveBufferBytes: EVENT_BUFFER_BYTES,
    onReadable: () => readEvents(),
  });
  const readEvents = eventReader(events, hear, onError);
  const changes = openNetlinkSocket();
  const readings = openNetlinkSocket();
  const change = asker(changes);
  const read = asker(readings);
  return {
    ...linkNetlink(change, read),
    readLink: name => readLink(read, name, decodeLink),
    listAddresses: () => listAddresses(read),
    async putAddress(cidr, interfaceIndex, lease, mode) {
      await change({
        action: `put ${formatCidr(cidr)} on interface ${interfaceIndex} ${lease === 'permanent' ? 'for good' : `for ${lease} s`}`,
        type: RTM_NEWADDR,
        flags: NLM_F_CREATE | (mode === 'create' ? NLM_F_EXCL : NLM_F_REPLACE),
        body: encodeNewAddress(cidr, interfaceIndex, lease),
      });
    },
    async deleteAddress(cidr, interfaceIndex) {
      await change({
        action: `delete ${formatCidr(cidr)} from interface ${interfaceIndex}`,
        type: RTM_DELADDR,
        flags: 0,
        body: encodeAddress(cidr, interfaceIndex),
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      listeners.clear();
      changes.close();
      readings.close();
      events.close();
    },
  };
}

function linkNetlink(change: Ask, read: Ask): LinkNetlink {
  return {
    listLinks: () => listLinks(read),
    readLinkDetails: name => readLink(read, name, decodeLinkDetails),
    async createMacvlan(macvlan) {
      await change({
        action: `make the macvlan ${macvlan.name} on interface ${macvlan.parentIndex}`,
        type: RTM_NEWLINK,
        flags: NLM_F_CREATE | NLM_F_EXCL,
        body: encodeMacvlan(macvlan),
      });
    },
    async changeLink(interfaceIndex, wanted) {
      const action = wanted.up === undefined ? 'set up' : wanted.up ? 'raise' : 'lower';
      const body = encodeLinkChange(interfaceIndex, wanted);
      await change({ action: `${action} interface ${interfaceIndex}`, type: RTM_NEWLINK, flags: 0, body });
    },
    async deleteLink(interfaceIndex) {
      const body = encodeLinkDeletion(interfaceIndex);
      await change({ action: `delete interface ${interfaceIndex}`, type: RTM_DELLINK, flags: 0, body });
    },
  };
}

async function readLink<T>(
  ask: Ask,
  name: string,
  decode: (body: Uint8Array) => T | undefined,
): Promise<T | undefined> {
  const body = encodeLinkQuery(name);
  try {
    const [answer] = await ask({ action: `read interface ${name}`, type: RTM_GETLINK, flags: 0, body });
    return answer && decode(answer.body);
  } catch (thrown) {
    if (thrown instanceof OperatingError && thrown.code === 'ENODEV') return undefined;
    throw thrown;
  }
}

async function listAddresses(ask: Ask): Promise<readonly KernelAddress[]> {
  const messages = await askForList(ask, 'list addresses', RTM_GETADDR, encodeAddressQuery());
  return messages.map(({ body }) => decodeAddress(body)).filter(address => address !== undefined);
}

async function listLinks(ask: Ask): Promise<readonly KernelLinkDetails[]> {
  const messages = await askForList(ask, 'list interfaces', RTM_GETLINK, encodeLinksQuery());
  return messages.map(({ body }) => decodeLinkDetails(body)).filter(link => link !== undefined);
}

async function askForList(
  ask: Ask,
  action: string,
  type: number,
  body: Uint8Array,
): Promise<readonly NetlinkMessage[]> {
  const query = { action, type, flags: NLM_F_DUMP, body };
  let messages = await ask(query);
  for (let attempt = 1; attempt < DUMP_ATTEMPTS && messages.some(isInconsistent); attempt++)
    messages = await ask(query);
  return messages;
}

function isInconsistent({ flags }: NetlinkMessage): boolean {
  return (flags & NLM_F_DUMP_INTR) !== 0;
}

interface Request {
  /** For the error text: cannot <action>. */
  readonly action: string;
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** The answers, none for a mere acknowledgement. */
type Ask = (request: Request) => Promise<readonly NetlinkMessage[]>;

/** A request that waits for the kernel or for its answers. */
interface Asked {
  readonly request: Request;
  readonly sequence: number;
  readonly answers: NetlinkMessage[];
  readonly resolve: (answers: readonly NetlinkMessage[]) => void;
  readonly reject: (error: OperatingError) => void;
}

/** Asks in order. What is asked for while the kernel is busy goes together: 255 addresses are not 255 trips to another thread. */
function asker(socket: NetlinkSocket): Ask {
  const waiting: Asked[] = [];
  let busy = false;
  let sequence = 0;
  const work = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) await exchange(socket, nextOf(waiting));
    busy = false;
  };
  return request => {
    sequence = (sequence + 1) >>> 0;
    return new Promise((resolve, reject) => {
      waiting.push({ request, sequence, answers: [], resolve, reject });
      if (!busy) void work();
    });
  };
}

/** A list comes alone: the kernel looks it up while it is received. */
function nextOf(waiting: Asked[]): readonly Asked[] {
  const list = waiting.findIndex(({ request }) => isList(request));
  return waiting.splice(0, Math.min(list === -1 ? waiting.length : Math.max(list, 1), REQUESTS_TOGETHER));
}

/** Each of the two bits means something else in a request to change. */
function isList({ flags }: Request): boolean {
  return (flags & NLM_F_DUMP) === NLM_F_DUMP;
}

/** Settles all of them. */
async function exchange(socket: NetlinkSocket, asked: readonly Asked[]): Promise<void> {
  const open = new Map(asked.map(one => [one.sequence, one]));
  const giveUp = (code: string, why: string): void => {
    for (const { request, reject } of open.values())
      reject(new OperatingError(code, `cannot ${request.action}: ${why}`, { action: request.action }));
  };
  const sent = await sendElsewhere(socket, Buffer.concat(asked.map(encodeRequest)));
  if (!sent) return giveUp('EIO', 'the request did not reach the kernel');
  const lists = asked.some(({ request }) => isList(request));
  for (let datagrams = 0; datagrams < ANSWER_LIMIT && open.size > 0; datagrams++) {
    const datagram = await (lists ? receiveElsewhere(socket) : receive(socket));
    if (datagram === undefined) break;
    for (const message of decodeMessages(datagram)) hear(message, open);
  }
  giveUp('ENOBUFS', "the kernel's answer is incomplete");
}

/** A request whose answer was too long has left some of it behind: nobody asked for that. */
function hear(message: NetlinkMessage, open: Map<number, Asked>): void {
  const asked = open.get(message.sequence);
  if (asked === undefined) return;
  if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) return void asked.answers.push(message);
  open.delete(message.sequence);
  const { request, answers, resolve, reject } = asked;
  const errno = decodeErrno(message.body);
  if (errno === 0) resolve(answers);
  else
    reject(
      errnoError(errno, request.action, 'changing addresses and interfaces needs the capability NET_ADMIN'),
    );
}

function encodeRequest({ request: { type, flags, body }, sequence }: Asked): Uint8Array {
  return encodeMessage({ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, sequence, body });
}

function sendElsewhere(socket: NetlinkSocket, datagram: Uint8Array): Promise<boolean> {
  return new Promise(resolve => socket.sendElsewhere(datagram, resolve));
}

function receiveElsewhere(socket: NetlinkSocket): Promise<Uint8Array | undefined> {
  return new Promise(resolve => socket.receiveElsewhere(resolve));
}

/** Undefined also for an error. */
function receive(socket: NetlinkSocket): Uint8Array | undefined {
  try {
    return socket.receive();
  } catch (thrown) {
    if (thrown instanceof OperatingError) return undefined;
    throw thrown;
  }
}

type Hear = (event: RouteEvent) => void;

/**
 * What reads the event socket when something waits there. Once the kernel had to drop a message it drops all that follow, and says so
 * only once, until the socket was read empty (netlink_overrun of net/netlink/af_netlink.c): only then is it time for a resync.
 */
function eventReader(
  socket: NetlinkSocket,
  hear: Hear,
  onError: (error: OperatingError) => void,
): () => void {
  let lost = false;
  const readOne = (): 'more' | 'empty' => {
    const received = receiveEvents(socket, onError);
    if (received === 'loss') lost = true;
    else for (const event of received ?? []) hear(event);
    return received === undefined ? 'empty' : 'more';
  };
  const read = (): void => {
    for (let datagrams = 0; datagrams < EVENTS_PER_TURN; datagrams++) {
      if (readOne() === 'more') continue;
      if (lost) hear({ kind: 'resync' });
      lost = false;
      return;
    }
    // The last one may just have been read: nothing would tell that the socket is empty.
    if (lost) setImmediate(read);
  };
  return read;
}

/** Undefined when nothing waits. */
function receiveEvents(
  socket: NetlinkSocket,
  onError: (error: OperatingError) => void,
): readonly RouteEvent[] | 'loss' | undefined {
  try {
    const datagram = socket.receive();
    if (datagram === undefined) return undefined;
    return [...decodeMessages(datagram)].map(decodeEvent).filter(event => event !== undefined);
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
    if (LOSSES.has(thrown.code)) return 'loss';
    onError(thrown);
    return undefined;
  }
}

function decodeEvent({ type, body }: NetlinkMessage): RouteEvent | undefined {
  if (type === RTM_NEWLINK || type === RTM_DELLINK) {
    const link = decodeLink(body);
    return link && { kind: type === RTM_NEWLINK ? 'link' : 'link-gone', link };
  }
  if (type === RTM_NEWADDR || type === RTM_DELADDR) {
    const address = decodeAddress(body);
    return address && { kind: type === RTM_NEWADDR ? 'address' : 'address-gone', address };
  }
  return undefined;
}
