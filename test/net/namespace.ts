/**
 * A network of its own for the test process: unshare(2) of the main thread, where every socket of src/net and src/native
 * is opened and from where children are started. It is gone with the process, whatever happens.
 */

import { execFileSync } from 'node:child_process';
import koffi from 'koffi';

const CLONE_NEWNET = 0x40000000;

/** Call it once, first thing in a test file. The reason why it cannot be done here, or false: fit for `{ skip }`. */
export function enterNewNetwork(): string | false {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const unshare = koffi.load(null).func('int unshare(int)');
  if (unshare(CLONE_NEWNET) !== 0) return 'network namespaces cannot be made here';
  ip('link set lo up');
  return false;
}

/** Runs ip(8) in the test's network. */
export function ip(command: string): string {
  return execFileSync('ip', command.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A veth pair, both ends up: `near` with the address is the node's interface, whatever goes in at `far` arrives there. */
export function makeCable(near: string, far: string, cidr: string): void {
  ip(`link add ${near} type veth peer name ${far}`);
  for (const end of [near, far]) ip(`link set ${end} addrgenmode none`);
  ip(`address add ${cidr} dev ${near}`);
  ip(`link set ${near} up`);
  ip(`link set ${far} up`);
}

export function indexOf(name: string): number {
  return (JSON.parse(ip(`-json link show dev ${name}`)) as { ifindex: number }[])[0]?.ifindex ?? 0;
}

/** Whether the kernel has the address, and for how many seconds more (`4294967295`: for ever). */
export function validSeconds(address: string): number | undefined {
  interface Shown {
    addr_info: { local?: string; valid_life_time?: number }[];
  }
  const shown = (JSON.parse(ip('-json address show')) as Shown[]).flatMap(link => link.addr_info ?? []);
  return shown.find(info => info.local === address)?.valid_life_time;
}

export const FOR_EVER_SECONDS = 0xffffffff;

/** More changes at once than an event socket can hold that nobody reads meanwhile: this call blocks the event loop. */
export function overflowEvents(): void {
  const lines = Array.from(
    { length: 3_000 },
    (_, i) => `address add 198.19.${i >> 8}.${i & 255}/32 dev flood`,
  );
  ip('link add flood type bridge');
  execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
  ip('link delete flood');
}
