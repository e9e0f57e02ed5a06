/**
 * The kernel's interfaces and IPv4 addresses, rtnetlink(7): typed requests, answered before they return (some 20 µs, more
 * while another process holds the kernel's rtnl lock), and events. Decides nothing.
 */

import { OperatingError } from '../lib/errors.ts';
import { type Cidr, formatCidr } from '../lib/ip-address.ts';
import { errnoError } from '../native/libc.ts';
import { type NetlinkSocket, openNetlinkSocket } from '../native/netlink-socket.ts';
import {
  decodeAddress,
  decodeErrno,
  decodeLink,
  decodeMessages,
  encodeAddress,
  encodeAddressQuery,
  encodeLinkQuery,
  encodeMessage,
  type KernelAddress,
  type KernelLink,
  type NetlinkMessage,
} from './rtnetlink-messages.ts';

export type { KernelAddress, KernelLink } from './rtnetlink-messages.ts';

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

/** Room for the events of a stall; the kernel caps it at net.core.rmem_max. */
const EVENT_BUFFER_BYTES = 1024 * 1024;
/** Datagrams read in one turn of the event loop; what remains wakes the next. */
const EVENTS_PER_TURN = 64;
/** What the event socket says when messages were dropped, or one was too long. */
const LOSSES = new Set(['ENOBUFS', 'EMSGSIZE']);
/** A dump during which something changed is repeated this often, then taken as it is: an event will correct it. */
const DUMP_ATTEMPTS = 3;
/** Datagrams of one answer: a dump of some 400,000 addresses. */
const ANSWER_LIMIT = 1_024;

/** What changed. `resync`: events were lost, so everything learnt from them must be read again. */
export type RouteEvent =
  | { readonly kind: 'link'; readonly link: KernelLink }
  | { readonly kind: 'link-gone'; readonly link: KernelLink }
  | { readonly kind: 'address'; readonly address: KernelAddress }
  | { readonly kind: 'address-gone'; readonly address: KernelAddress }
  | { readonly kind: 'resync' };

/** Requests throw OperatingError with the errno's name: `EPERM`, `ENODEV`, …, `ENOBUFS` when the answer was lost. */
export interface RouteNetlink {
  /** Undefined when there is no interface of that name. */
  readLink(name: string): KernelLink | undefined;
  /** Every IPv4 address of the namespace, per interface in the kernel's order: the primary ones first. */
  listAddresses(): readonly KernelAddress[];
  /**
   * Puts a global address on the interface; the kernel removes it by itself after `leaseSeconds` (1 or more).
   * `create` throws `EEXIST` when the interface has it already, `replace` then gives it the new lifetime.
   */
  putAddress(cidr: Cidr, interfaceIndex: number, leaseSeconds: number, mode: 'create' | 'replace'): void;
  /**
   * Gives an address on the interface a new lifetime, as `replace` does, without holding up the event loop while another process has
   * the kernel's rtnl lock: Docker has it for tens of milliseconds when a container comes or goes. In the order of the calls; `done`
   * comes once, later.
   */
  renewAddress(
    cidr: Cidr,
    interfaceIndex: number,
    leaseSeconds: number,
    done: (error?: OperatingError) => void,
  ): void;
  /** Throws `EADDRNOTAVAIL` when the interface does not have the address. */
  deleteAddress(cidr: Cidr, interfaceIndex: number): void;
  /** Links and IPv4 addresses that change from now on; the returned function unsubscribes. */
  subscribe(listener: (event: RouteEvent) => void): () => void;
  /** An open one does not keep the process alive. */
  close(): void;
}

/** `onError` hears of a broken event socket (lost events are not that, but a `resync`). Throws OperatingError. */
export function openRouteNetlink(onError: (error: OperatingError) => void): RouteNetlink {
  const listeners = new Set<(event: RouteEvent) => void>();
  const events = openNetlinkSocket({
    groups: RTMGRP_LINK | RTMGRP_IPV4_IFADDR,
    receiveBufferBytes: EVENT_BUFFER_BYTES,
    onReadable() {
      for (const event of waitingEvents(events, onError)) for (const listener of listeners) listener(event);
    },
  });
  const commands = openNetlinkSocket();
  const ask = asker(commands);
  const renewals = openNetlinkSocket();
  const askElsewhere = patientAsker(renewals);
  return {
    readLink: name => readLink(ask, name),
    listAddresses: () => listAddresses(ask),
    putAddress(cidr, interfaceIndex, leaseSeconds, mode) {
      ask(putRequest(cidr, interfaceIndex, leaseSeconds, mode));
    },
    renewAddress(cidr, interfaceIndex, leaseSeconds, done) {
      askElsewhere(putRequest(cidr, interfaceIndex, leaseSeconds, 'replace'), done);
    },
    deleteAddress(cidr, interfaceIndex) {
      ask({
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
      commands.close();
      renewals.close();
      events.close();
    },
  };
}

function putRequest(
  cidr: Cidr,
  interfaceIndex: number,
  leaseSeconds: number,
  mode: 'create' | 'replace',
): Request {
  return {
    action: `put ${formatCidr(cidr)} on interface ${interfaceIndex} for ${leaseSeconds} s`,
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | (mode === 'create' ? NLM_F_EXCL : NLM_F_REPLACE),
    body: encodeAddress(cidr, interfaceIndex, leaseSeconds),
  };
}

function readLink(ask: Ask, name: string): KernelLink | undefined {
  const body = encodeLinkQuery(name);
  try {
    const [answer] = ask({ action: `read interface ${name}`, type: RTM_GETLINK, flags: 0, body });
    return answer && decodeLink(answer.body);
  } catch (thrown) {
    if (thrown instanceof OperatingError && thrown.code === 'ENODEV') return undefined;
    throw thrown;
  }
}

function listAddresses(ask: Ask): readonly KernelAddress[] {
  const query = {
    action: 'list addresses',
    type: RTM_GETADDR,
    flags: NLM_F_DUMP,
    body: encodeAddressQuery(),
  };
  let messages = ask(query);
  for (let attempt = 1; attempt < DUMP_ATTEMPTS && messages.some(isInconsistent); attempt++)
    messages = ask(query);
  return messages.map(({ body }) => decodeAddress(body)).filter(address => address !== undefined);
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
type Ask = (request: Request) => NetlinkMessage[];

function asker(socket: NetlinkSocket): Ask {
  let sequence = 0;
  return request => {
    sequence = (sequence + 1) >>> 0;
    socket.send(encodeRequest(request, sequence));
    return answersTo(request, sequence, socket);
  };
}

/** Asks without holding up the event loop, one request at a time, for those that are answered by an acknowledgement alone. */
function patientAsker(socket: NetlinkSocket) {
  const waiting: { readonly request: Request; readonly done: (error?: OperatingError) => void }[] = [];
  let sequence = 0;
  const next = (): void => {
    const [first] = waiting;
    if (first === undefined) return;
    const { request, done } = first;
    sequence = (sequence + 1) >>> 0;
    socket.sendElsewhere(encodeRequest(request, sequence), sent => {
      waiting.shift();
      const error = sent ? failureOf(() => answersTo(request, sequence, socket)) : unsent(request);
      next();
      done(...(error === undefined ? [] : [error]));
    });
  };
  return (request: Request, done: (error?: OperatingError) => void): void => {
    waiting.push({ request, done });
    if (waiting.length === 1) next();
  };
}

function unsent({ action }: Request): OperatingError {
  return new OperatingError('EIO', `cannot ${action}: the request did not reach the kernel`, { action });
}

function failureOf(call: () => unknown): OperatingError | undefined {
  try {
    call();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof OperatingError) return thrown;
    throw thrown;
  }
}

function encodeRequest({ type, flags, body }: Request, sequence: number): Uint8Array {
  return encodeMessage({ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, sequence, body });
}

/** What the kernel has answered to that request. */
function answersTo({ action }: Request, sequence: number, socket: NetlinkSocket): NetlinkMessage[] {
  const answers: NetlinkMessage[] = [];
  for (const message of waitingMessages(socket, ANSWER_LIMIT)) {
    // A request whose answer was too long has left some of it behind.
    if (message.sequence !== sequence) continue;
    if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE)
      return conclude(answers, message, action);
    answers.push(message);
  }
  throw new OperatingError('ENOBUFS', `cannot ${action}: the kernel's answer is incomplete`, { action });
}

/** The messages that wait in the socket, of so many datagrams at most. */
function* waitingMessages(socket: NetlinkSocket, datagramLimit: number): Generator<NetlinkMessage> {
  for (let datagrams = 0; datagrams < datagramLimit; datagrams++) {
    const datagram = socket.receive();
    if (datagram === undefined) return;
    yield* decodeMessages(datagram);
  }
}

function conclude(answers: NetlinkMessage[], { body }: NetlinkMessage, action: string): NetlinkMessage[] {
  const errno = decodeErrno(body);
  if (errno === 0) return answers;
  throw errnoError(errno, action, 'changing addresses needs the capability NET_ADMIN');
}

function waitingEvents(socket: NetlinkSocket, onError: (error: OperatingError) => void): RouteEvent[] {
  const events: RouteEvent[] = [];
  try {
    for (const message of waitingMessages(socket, EVENTS_PER_TURN)) {
      const event = decodeEvent(message);
      if (event !== undefined) events.push(event);
    }
  } catch (thrown) {
    if (!(thrown instanceof OperatingError)) throw thrown;
    if (LOSSES.has(thrown.code)) events.push({ kind: 'resync' });
    else onError(thrown);
  }
  return events;
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
