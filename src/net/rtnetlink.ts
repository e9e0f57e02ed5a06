/**
 * The kernel's interfaces and IPv4 addresses: rtnetlink(7) through the npm package netlink, which is imported here alone.
 * Typed requests, each with a time limit, pipelined on one socket. Dumps and events have sockets of their own, because
 * the package takes a dump apart wrongly when another message arrives between its parts. Decides nothing.
 */

import { createNetlink, Flags, FlagsGet, FlagsNew, type NetlinkMessage, rt } from 'netlink';
import { messageOf, OperatingError } from '../lib/errors.ts';
import { type Cidr, formatCidr } from '../lib/ip-address.ts';
import {
  decodeAddress,
  decodeLink,
  encodeAddress,
  encodeAddressQuery,
  encodeLinkQuery,
  type KernelAddress,
  type KernelLink,
} from './rtnetlink-messages.ts';
import { shield } from './shield.ts';

export type { KernelAddress, KernelLink } from './rtnetlink-messages.ts';

const { MessageType, MulticastGroups } = rt;

const NETLINK_ROUTE = 0;
const REQUEST_TIMEOUT_MS = 1_000;
/** A dump during which something changed is repeated this often, then taken as it is: an event will correct it. */
const DUMP_ATTEMPTS = 3;
const EVENT_BUFFER_BYTES = 1024 * 1024;

/** What changed. `resync`: events were lost, so everything learnt from them must be read again. */
export type RouteEvent =
  | { readonly kind: 'link'; readonly link: KernelLink }
  | { readonly kind: 'link-gone'; readonly link: KernelLink }
  | { readonly kind: 'address'; readonly address: KernelAddress }
  | { readonly kind: 'address-gone'; readonly address: KernelAddress }
  | { readonly kind: 'resync' };

/** Requests reject with OperatingError: the errno's name (`EPERM`, `ENODEV`, …), or `ETIMEDOUT` after 1 s. */
export interface RouteNetlink {
  /** Undefined when there is no interface of that name. */
  readLink(name: string): Promise<KernelLink | undefined>;
  /** Every IPv4 address of the namespace, per interface in the kernel's order: the primary ones first. */
  listAddresses(): Promise<readonly KernelAddress[]>;
  /**
   * Puts a global address on the interface; the kernel removes it by itself after `leaseSeconds` (1 or more).
   * `create` rejects with `EEXIST` when the interface has it already, `replace` then gives it the new lifetime.
   */
  putAddress(
    cidr: Cidr,
    interfaceIndex: number,
    leaseSeconds: number,
    mode: 'create' | 'replace',
  ): Promise<void>;
  /** Rejects with `EADDRNOTAVAIL` when the interface does not have the address. */
  deleteAddress(cidr: Cidr, interfaceIndex: number): Promise<void>;
  /** Links and IPv4 addresses that change from now on; the returned function unsubscribes. */
  subscribe(listener: (event: RouteEvent) => void): () => void;
  /** A request that is under way gets no answer but its time limit. The sockets never keep the process alive. */
  close(): void;
}

type Socket = ReturnType<typeof createNetlink>;

/** `onError` hears of a broken event socket (lost events are not that, but a `resync`). Throws OperatingError. */
export function openRouteNetlink(onError: (error: OperatingError) => void): RouteNetlink {
  const commands = openSocket();
  commands.on('error', () => {}); // What a lost answer means is the waiting request's to say, by its time limit.
  const listeners = new Set<(event: RouteEvent) => void>();
  const events = openEvents(event => {
    for (const listener of listeners) shield(() => listener(event));
  }, onError);
  return {
    readLink: name => readLink(commands, name),
    listAddresses,
    async putAddress(cidr, interfaceIndex, leaseSeconds, mode) {
      await request(commands, {
        action: `put ${formatCidr(cidr)} on interface ${interfaceIndex} for ${leaseSeconds} s`,
        type: MessageType.NEWADDR,
        flags: FlagsNew.CREATE | (mode === 'create' ? FlagsNew.EXCL : FlagsNew.REPLACE),
        body: encodeAddress(cidr, interfaceIndex, leaseSeconds),
      });
    },
    async deleteAddress(cidr, interfaceIndex) {
      await request(commands, {
        action: `delete ${formatCidr(cidr)} from interface ${interfaceIndex}`,
        type: MessageType.DELADDR,
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
      events.close();
    },
  };
}

async function readLink(socket: Socket, name: string): Promise<KernelLink | undefined> {
  const query = {
    action: `read interface ${name}`,
    type: MessageType.GETLINK,
    flags: 0,
    body: encodeLinkQuery(name),
  };
  try {
    const [answer] = await request(socket, query);
    return answer === undefined ? undefined : decodeLink(answer.data);
  } catch (thrown) {
    if (thrown instanceof OperatingError && thrown.code === 'ENODEV') return undefined;
    throw thrown;
  }
}

async function listAddresses(): Promise<readonly KernelAddress[]> {
  const query = {
    action: 'list addresses',
    type: MessageType.GETADDR,
    flags: FlagsGet.DUMP,
    body: encodeAddressQuery(),
  };
  const socket = openSocket();
  try {
    let messages = await request(socket, query);
    for (let attempt = 1; attempt < DUMP_ATTEMPTS && messages.some(isInconsistent); attempt++) {
      messages = await request(socket, query);
    }
    return messages.map(message => decodeAddress(message.data)).filter(address => address !== undefined);
  } finally {
    socket.close();
  }
}

function isInconsistent(message: NetlinkMessage): boolean {
  return (message.flags & Flags.DUMP_INTR) !== 0;
}

interface Request {
  /** For the error text: cannot <action>. */
  readonly action: string;
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** The answers, none for a mere acknowledgement. */
async function request(
  socket: Socket,
  { action, type, flags, body }: Request,
): Promise<readonly NetlinkMessage[]> {
  try {
    const [messages] = await socket.request(type, body, { flags, timeout: REQUEST_TIMEOUT_MS });
    return messages;
  } catch (thrown) {
    throw toOperatingError(thrown, action);
  }
}

function openEvents(onEvent: (event: RouteEvent) => void, onError: (error: OperatingError) => void): Socket {
  const socket = openSocket(EVENT_BUFFER_BYTES);
  socket.on('message', messages => {
    for (const message of messages) {
      const event = decodeEvent(message);
      if (event !== undefined) onEvent(event);
    }
  });
  const resync = (): void => onEvent({ kind: 'resync' });
  socket.on('invalid', resync);
  socket.on('truncatedMessage', resync);
  socket.on('error', error => {
    if (error.code === 'ENOBUFS') resync();
    else shield(() => onError(toOperatingError(error, 'follow links and addresses')));
  });
  socket.addMembership(MulticastGroups.LINK);
  socket.addMembership(MulticastGroups.IPV4_IFADDR);
  return socket;
}

function decodeEvent({ type, data }: NetlinkMessage): RouteEvent | undefined {
  if (type === MessageType.NEWLINK || type === MessageType.DELLINK) {
    const link = decodeLink(data);
    return link && { kind: type === MessageType.NEWLINK ? 'link' : 'link-gone', link };
  }
  if (type === MessageType.NEWADDR || type === MessageType.DELADDR) {
    const address = decodeAddress(data);
    return address && { kind: type === MessageType.NEWADDR ? 'address' : 'address-gone', address };
  }
  return undefined;
}

/** A buffer size of 0 bytes leaves the kernel's default. */
function openSocket(recvBufferSize = 0): Socket {
  try {
    return createNetlink(NETLINK_ROUTE, { ref: false, recvBufferSize, sendBufferSize: 0 });
  } catch (thrown) {
    throw toOperatingError(thrown, 'open a netlink socket');
  }
}

/** The package has three ways to fail: errors with a code, a code at the end of the message, its own time-out text. */
function toOperatingError(thrown: unknown, action: string): OperatingError {
  const message = messageOf(thrown);
  const code = codeOf(thrown) ?? /: (E[A-Z0-9]+)$/.exec(message)?.[1];
  if (message === 'Timeout has been reached') {
    const limit = `no answer from the kernel within ${REQUEST_TIMEOUT_MS} ms`;
    return new OperatingError('ETIMEDOUT', `cannot ${action}: ${limit}`, { action }, thrown);
  }
  const hint = code === 'EPERM' ? '; changing addresses needs the capability NET_ADMIN' : '';
  return new OperatingError(code ?? 'netlink', `cannot ${action}: ${message}${hint}`, { action }, thrown);
}

function codeOf(thrown: unknown): string | undefined {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
