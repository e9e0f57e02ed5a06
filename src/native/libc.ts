/**
 * The few system calls that Node has no name for, through koffi. Errors follow the C convention (-1 and errno) and
 * leave here as OperatingError with the errno's name as code. Interfaces: socket(2) and its kin,
 * pidfd_open(2), close_range(2), sched_setattr(2), setrlimit(2). Calls run on the event loop's thread, so none may wait,
 * but for those that say otherwise.
 */

import koffi, { type KoffiFunc } from 'koffi';
import { OperatingError } from '../lib/errors.ts';

// The process's own symbols: the libc Node is linked with, glibc or musl.
const libc = koffi.load(null);

type Call<Arguments extends unknown[], Returned> = KoffiFunc<(...args: Arguments) => Returned>;

const cSocket: Call<[number, number, number], number> = libc.func('int socket(int, int, int)') as never;
const cBind: Call<[number, Uint8Array, number], number> = libc.func('int bind(int, void *, uint)') as never;
const cConnect: Call<[number, Uint8Array, number], number> = libc.func(
  'int connect(int, void *, uint)',
) as never;
const cSend: Call<[number, Uint8Array, number, number], number> = libc.func(
  'intptr_t send(int, void *, size_t, int)',
) as never;
const cRecv: Call<[number, Uint8Array, number, number], number> = libc.func(
  'intptr_t recv(int, void *, size_t, int)',
) as never;
const cSetsockopt: Call<[number, number, number, Uint8Array, number], number> = libc.func(
  'int setsockopt(int, int, int, void *, uint)',
) as never;
const cGetsockopt: Call<[number, number, number, Uint8Array, Uint8Array], number> = libc.func(
  'int getsockopt(int, int, int, _Inout_ void *, _Inout_ void *)',
) as never;
const cClose: Call<[number], number> = libc.func('int close(int)') as never;
const cStrerror: Call<[number], string> = libc.func('const char *strerror(int)') as never;
const cSyscall: Call<[number, number, number, number], number> = libc.func(
  'long syscall(long, long, long, long)',
) as never;
const cSyscallOnBuffer: Call<[number, number, Uint8Array, number, number], number> = libc.func(
  'long syscall(long, long, _Inout_ void *, long, long)',
) as never;
const cSetrlimit: Call<[number, Uint8Array], number> = libc.func('int setrlimit(int, void *)') as never;

// System calls since Linux 5.1 have one number on every architecture that Node runs on.
const SYS_PIDFD_OPEN = 434;
const SYS_CLOSE_RANGE = 436;
const CLOSE_RANGE_CLOEXEC = 4;
// Older ones have one for each: sched_setattr; sched_getattr has the next.
const SYS_SCHED_SETATTR: Partial<Record<NodeJS.Architecture, number>> = {
  arm: 380,
  arm64: 274,
  loong64: 274,
  ppc64: 355,
  riscv64: 274,
  s390x: 345,
  x64: 314,
};
const CALLING_THREAD = 0;
const FIRST_AFTER_STDERR = 3;
const LAST_DESCRIPTOR = 0xffffffff;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;

// Where one number has two names (EAGAIN, EWOULDBLOCK) the first in the alphabet counts: a map keeps its last entry.
const codeOfErrno = new Map(
  Object.entries(koffi.os.errno)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([code, errno]) => [errno, code]),
);

/** An open file descriptor of this process. */
export type FileDescriptor = number;

export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/**
 * socket(2), always non-blocking and closed on exec. `action` is what the error says could not be done; here and below.
 * Throws OperatingError: `EMFILE`, or `EPERM`, with the hint that says which capability is missing.
 */
export function openSocket(
  domain: number,
  type: number,
  protocol: number,
  action: string,
  permissionHint?: string,
): FileDescriptor {
  return check(cSocket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol), action, permissionHint);
}

/** bind(2) to a ready-made sockaddr. Throws OperatingError. */
export function bindSocket(fd: FileDescriptor, address: Uint8Array, action: string): void {
  check(cBind(fd, address, address.byteLength), action);
}

/** connect(2) to a ready-made sockaddr: for datagrams, only a default destination and a filter. Throws OperatingError: `ENETUNREACH`. */
export function connectSocket(fd: FileDescriptor, address: Uint8Array, action: string): void {
  check(cConnect(fd, address, address.byteLength), action);
}

/** send(2) on a bound or connected socket. Throws OperatingError: `ENETDOWN` while the link is down, `EAGAIN` when its queue is full. */
export function sendOn(fd: FileDescriptor, bytes: Uint8Array, action: string): void {
  check(cSend(fd, bytes, bytes.byteLength, 0), action);
}

/**
 * send(2) on a thread of libuv's pool, for what may wait in the kernel. `done` comes once, later; the bytes must not change before it.
 * What errno says is lost on the way: only whether all of it went is known.
 */
export function sendElsewhere(fd: FileDescriptor, bytes: Uint8Array, done: (sent: boolean) => void): void {
  cSend.async(fd, bytes, bytes.byteLength, 0, (error: unknown, returned: number) =>
    done(error === null && returned === bytes.byteLength),
  );
}

/**
 * recv(2) without waiting: the length of the datagram now in the buffer, undefined when none waits.
 * Throws OperatingError: `ENOBUFS` when a netlink socket lost messages, `EMSGSIZE` for a datagram longer than the buffer.
 */
export function receiveOn(fd: FileDescriptor, buffer: Uint8Array): number | undefined {
  const length = cRecv(fd, buffer, buffer.byteLength, MSG_DONTWAIT | MSG_TRUNC);
  if (length === -1 && koffi.errno() === koffi.os.errno['EAGAIN']) return undefined;
  check(length, 'receive');
  if (length <= buffer.byteLength) return length;
  throw new OperatingError('EMSGSIZE', `a datagram of ${length} bytes is longer than the buffer`, { length });
}

/**
 * The same on a thread of libuv's pool, for what is looked up in the kernel while it is received. `done` comes once, later, with the length of
 * the datagram, undefined for none, a longer one or an error; the buffer must be left alone before it.
 */
export function receiveElsewhere(
  fd: FileDescriptor,
  buffer: Uint8Array,
  done: (length: number | undefined) => void,
): void {
  const flags = MSG_DONTWAIT | MSG_TRUNC;
  cRecv.async(fd, buffer, buffer.byteLength, flags, (error: unknown, returned: number) =>
    done(error === null && returned >= 0 && returned <= buffer.byteLength ? returned : undefined),
  );
}

/** setsockopt(2) with a ready-made value. Throws OperatingError. */
export function setSocketOption(
  fd: FileDescriptor,
  level: number,
  option: number,
  value: Uint8Array,
  action: string,
): void {
  check(cSetsockopt(fd, level, option, value, value.byteLength), action);
}

/** getsockopt(2) into a buffer of the value's size. Throws OperatingError. */
export function getSocketOption(
  fd: FileDescriptor,
  level: number,
  option: number,
  value: Uint8Array,
  action: string,
): void {
  const length = new Uint8Array(Uint32Array.of(value.byteLength).buffer);
  check(cGetsockopt(fd, level, option, value, length), action);
}

/** The receive buffer in bytes; the kernel doubles it, and without the capability NET_ADMIN caps it at net.core.rmem_max. Throws OperatingError. */
export function setReceiveBuffer(fd: FileDescriptor, bytes: number): void {
  const value = new Uint8Array(Int32Array.of(bytes).buffer);
  const action = `set the receive buffer to ${bytes} bytes`;
  try {
    setSocketOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, value, action);
  } catch (thrown) {
    if (!(thrown instanceof OperatingError && thrown.code === 'EPERM')) throw thrown;
    setSocketOption(fd, SOL_SOCKET, SO_RCVBUF, value, action);
  }
}

/** close(2). An error is ignored: the descriptor is gone in any case. */
export function closeDescriptor(fd: FileDescriptor): void {
  cClose(fd);
}

/**
 * pidfd_open(2): a descriptor that becomes readable when the process ends. Undefined when there is no such process.
 * Throws OperatingError: `ENOSYS` before Linux 5.3, `EPERM` under a seccomp profile that predates it, `EMFILE`.
 */
export function openPidfd(pid: number): FileDescriptor | undefined {
  const fd = cSyscall(SYS_PIDFD_OPEN, pid, 0, 0);
  if (fd === -1 && koffi.errno() === koffi.os.errno['ESRCH']) return undefined;
  return check(fd, `watch process ${pid}`);
}

/**
 * Marks every descriptor after stderr close-on-exec, as Node marks its own: a probe's child process must not inherit a
 * raw socket from a library that forgot. Before Linux 5.11 (no CLOSE_RANGE_CLOEXEC) nothing happens.
 */
export function markCloseOnExec(): void {
  cSyscall(SYS_CLOSE_RANGE, FIRST_AFTER_STDERR, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC);
}

/**
 * sched_setattr(2) on a thread, with a ready-made struct sched_attr. Not sched_setscheduler(3), which musl refuses. False when there is no
 * such thread. Throws OperatingError: `EPERM`, with the hint that says what is missing, `EINVAL` for what the kernel does not know,
 * `ENOSYS` on an architecture without a known number.
 */
export function setSchedulingAttributes(
  thread: number,
  attributes: Uint8Array,
  action: string,
  permissionHint: string,
): boolean {
  const returned = cSyscallOnBuffer(schedulingCall(action), thread, attributes, 0, 0);
  if (returned === -1 && koffi.errno() === koffi.os.errno['ESRCH']) return false;
  check(returned, action, permissionHint);
  return true;
}

/** sched_getattr(2) of the calling thread into the buffer, as much of struct sched_attr as fits. Throws OperatingError: `ENOSYS`. */
export function getSchedulingAttributes(attributes: Uint8Array): void {
  const action = 'read the scheduling';
  const number = schedulingCall(action) + 1;
  check(cSyscallOnBuffer(number, CALLING_THREAD, attributes, attributes.byteLength, 0), action);
}

function schedulingCall(action: string): number {
  const number = SYS_SCHED_SETATTR[process.arch];
  if (number === undefined) throw errnoError(koffi.os.errno['ENOSYS'] ?? 0, action);
  return number;
}

/** setrlimit(2) with a ready-made struct rlimit. Throws OperatingError: `EPERM` above the hard limit. */
export function setResourceLimit(resource: number, limits: Uint8Array, action: string): void {
  check(cSetrlimit(resource, limits), action);
}

/** The error for an errno: `cannot <action>: <strerror> (<name>)`, and the hint where a permission is missing. */
export function errnoError(errno: number, action: string, permissionHint?: string): OperatingError {
  const code = codeOfErrno.get(errno) ?? `errno ${errno}`;
  const hint = code === 'EPERM' && permissionHint !== undefined ? `; ${permissionHint}` : '';
  return new OperatingError(code, `cannot ${action}: ${cStrerror(errno)} (${code})${hint}`, { action });
}

let codeOfText: Map<string, string> | undefined;

/** The errno name (`EPERM`) of a strerror(3) text, for libraries that report nothing else. */
export function errnoNameOfText(text: string): string | undefined {
  codeOfText ??= new Map([...codeOfErrno].map(([errno, code]) => [cStrerror(errno), code]));
  return codeOfText.get(text);
}

function check(returned: number, action: string, permissionHint?: string): number {
  if (returned === -1) throw errnoError(koffi.errno(), action, permissionHint);
  return returned;
}
