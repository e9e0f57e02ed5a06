/** Operations on one address while the kernel takes its time: none overtakes another, and other addresses do not wait. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OperatingError } from '../../src/lib/errors.ts';
import { type Cidr, formatCidr, parseCidr } from '../../src/lib/ip-address.ts';
import { type AddressTable, openAddressTable } from '../../src/net/addresses.ts';
import type { KernelAddress, RouteEvent, RouteNetlink } from '../../src/net/rtnetlink.ts';

const VIP = parseCidr('198.18.51.100/24') as Cidr;
const OTHER = parseCidr('198.18.51.101/24') as Cidr;
const INDEX = 7;

/** A kernel whose changes take effect when the test says so. */
class SlowKernel implements RouteNetlink {
  readonly held = new Map<string, KernelAddress>();
  readonly log: string[] = [];
  readonly #waiting: { readonly act: () => void; readonly refuse: (error: OperatingError) => void }[] = [];
  #listener: (event: RouteEvent) => void = () => {};

  async readLink(): Promise<undefined> {}
  async listAddresses(): Promise<readonly KernelAddress[]> {
    return [...this.held.values()];
  }
  putAddress(cidr: Cidr, _index: number, lease: number, mode: 'create' | 'replace'): Promise<void> {
    return this.#later(mode, cidr, () => {
      if (mode === 'create' && this.held.has(formatCidr(cidr))) throw new OperatingError('EEXIST', 'there');
      this.give(cidr, lease);
    });
  }
  deleteAddress(cidr: Cidr): Promise<void> {
    return this.#later('delete', cidr, () => {
      if (!this.held.delete(formatCidr(cidr))) throw new OperatingError('EADDRNOTAVAIL', 'not there');
    });
  }
  subscribe(listener: (event: RouteEvent) => void): () => void {
    this.#listener = listener;
    return () => {};
  }
  close(): void {}

  #later(what: string, cidr: Cidr, act: () => void): Promise<void> {
    this.log.push(`${what} ${cidr.address.slice(-3)}`);
    return new Promise((resolve, reject) =>
      this.#waiting.push({
        act: () => {
          try {
            act();
            resolve();
          } catch (thrown) {
            reject(thrown);
          }
        },
        refuse: reject,
      }),
    );
  }

  /** The oldest request that waits takes effect, or does not. */
  async settle(failure?: OperatingError): Promise<void> {
    const first = this.#waiting.shift();
    assert.ok(first, 'nothing waits');
    if (failure === undefined) first.act();
    else first.refuse(failure);
    for (let turn = 0; turn < 4; turn++) await nextTurn();
  }

  give(cidr: Cidr, validSeconds: number | undefined): void {
    const flags = { secondary: true, tentative: false, duplicate: false };
    const address = { ...cidr, interfaceIndex: INDEX, scope: 0, ...flags, validSeconds };
    this.held.set(formatCidr(cidr), address);
    this.#listener({ kind: 'address', address });
  }

  /** Somebody deletes the address. */
  lose(cidr: Cidr): void {
    const address = this.held.get(formatCidr(cidr));
    this.held.delete(formatCidr(cidr));
    if (address !== undefined) this.#listener({ kind: 'address-gone', address });
  }

  tell(event: RouteEvent): void {
    this.#listener(event);
  }
}

describe('a kernel that takes its time', () => {
  let kernel: SlowKernel;
  let table: AddressTable;
  let lost: string[];
  let done: string[];

  beforeEach(() => {
    kernel = new SlowKernel();
    lost = [];
    done = [];
    table = openAddressTable({
      netlink: kernel,
      onLost: ({ address }) => lost.push(address.slice(-3)),
      onError: error => assert.fail(error),
    });
  });

  const hold = (name: string, cidr = VIP): void =>
    table.hold(cidr, INDEX, 2, error => done.push(error === undefined ? name : `${name}: ${error.code}`));
  const release = (name: string, cidr = VIP): void => table.release(cidr, INDEX, () => done.push(name));
  const isHeld = (cidr = VIP): boolean => kernel.held.has(formatCidr(cidr));
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) await nextTurn();
  };
  const held = async (): Promise<void> => {
    hold('first');
    await turns();
    await kernel.settle();
    kernel.log.length = 0;
    done.length = 0;
  };

  test('an operation is done when the kernel has done it', async () => {
    hold('held');
    await turns();
    assert.deepEqual([kernel.log, done], [['create 100'], []]);
    await kernel.settle();
    assert.deepEqual(done, ['held']);
  });

  test('a release waits for the acquisition under way, and has the last word', async () => {
    hold('held');
    release('released');
    await turns();
    assert.deepEqual(kernel.log, ['create 100']);
    await kernel.settle();
    await kernel.settle();
    assert.deepEqual(
      [kernel.log, done],
      [
        ['create 100', 'delete 100'],
        ['held', 'released'],
      ],
    );
    assert.equal(isHeld(), false);
  });

  test('a release waits for the renewal under way', async () => {
    await held();
    hold('renewed');
    release('released');
    hold('held again');
    await turns();
    assert.deepEqual(kernel.log, ['replace 100']);
    for (let i = 0; i < 3; i++) await kernel.settle();
    assert.deepEqual(kernel.log, ['replace 100', 'delete 100', 'create 100']);
    assert.deepEqual(done, ['renewed', 'released', 'held again']);
    assert.deepEqual(lost, []);
  });

  test('another address does not wait', async () => {
    hold('one');
    hold('other', OTHER);
    await turns();
    assert.deepEqual(kernel.log, ['create 100', 'create 101']);
  });

  test('a renewal that fails is tried as an acquisition, whose failure counts', async () => {
    await held();
    hold('renewed');
    await turns();
    await kernel.settle(new OperatingError('ENOMEM', 'no'));
    await kernel.settle(new OperatingError('EPERM', 'no'));
    assert.deepEqual([kernel.log, done], [['replace 100', 'create 100'], ['renewed: EPERM']]);
    hold('again');
    await turns();
    assert.equal(kernel.log.at(-1), 'create 100');
  });

  test('a loss is told once, however many events speak of it', async () => {
    await held();
    kernel.lose(VIP);
    kernel.tell({ kind: 'resync' });
    kernel.tell({ kind: 'resync' });
    await turns();
    assert.deepEqual(lost, ['100']);
  });

  test('a loss that the renewal under way makes good is none', async () => {
    await held();
    hold('renewed');
    await turns();
    kernel.lose(VIP);
    await turns();
    assert.deepEqual(lost, []);
    await kernel.settle();
    assert.deepEqual([lost, done, isHeld()], [[], ['renewed'], true]);
  });

  test('a loss that comes after the renewal is one', async () => {
    await held();
    hold('renewed');
    await turns();
    kernel.lose(VIP);
    await kernel.settle();
    kernel.lose(VIP);
    await turns();
    assert.deepEqual(lost, ['100']);
  });

  test('an address that somebody made permanent is left alone', async () => {
    await held();
    kernel.give(VIP, undefined);
    hold('held');
    await turns();
    await kernel.settle();
    assert.deepEqual(done, ['held: EEXIST']);
    release('released');
    await turns();
    assert.deepEqual([done.at(-1), isHeld()], ['released', true]);
  });
});
