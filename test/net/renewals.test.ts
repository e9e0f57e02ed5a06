/** Renewing a lease while the kernel's answer takes its time: nobody waits but a release, which a late renewal must not undo. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { OperatingError } from '../../src/lib/errors.ts';
import { type Cidr, formatCidr, parseCidr } from '../../src/lib/ip-address.ts';
import { type AddressTable, openAddressTable } from '../../src/net/addresses.ts';
import type { RouteEvent, RouteNetlink } from '../../src/net/rtnetlink.ts';
import { waitFor } from '../support/wait.ts';

const VIP = parseCidr('198.18.51.100/24') as Cidr;
const INDEX = 7;

/** A kernel whose renewals take effect when the test says so. */
class SlowKernel implements RouteNetlink {
  held = false;
  readonly log: string[] = [];
  readonly renewals: ((failure?: OperatingError) => void)[] = [];
  #listener: (event: RouteEvent) => void = () => {};

  readLink(): undefined {
    return undefined;
  }
  listAddresses() {
    return this.held ? [{ ...VIP, interfaceIndex: INDEX, scope: 0, secondary: true, validSeconds: 2 }] : [];
  }
  putAddress(_cidr: Cidr, _index: number, _lease: number, mode: 'create' | 'replace'): void {
    this.log.push(mode);
    this.held = true;
  }
  renewAddress(_cidr: Cidr, _index: number, _lease: number, done: (error?: OperatingError) => void): void {
    this.log.push('renew');
    this.renewals.push(failure => {
      if (failure === undefined) this.held = true;
      done(...(failure === undefined ? [] : [failure]));
    });
  }
  deleteAddress(): void {
    this.log.push('delete');
    if (!this.held) throw new OperatingError('EADDRNOTAVAIL', 'not there');
    this.held = false;
  }
  subscribe(listener: (event: RouteEvent) => void): () => void {
    this.#listener = listener;
    return () => {};
  }
  close(): void {}

  /** Somebody deletes the address. */
  lose(): void {
    const [address] = this.listAddresses();
    this.held = false;
    if (address !== undefined) this.#listener({ kind: 'address-gone', address });
  }
}

describe('a renewal that takes its time', () => {
  let kernel: SlowKernel;
  let table: AddressTable;
  let lost: string[];
  let done: string[];

  beforeEach(async () => {
    kernel = new SlowKernel();
    lost = [];
    done = [];
    table = openAddressTable({
      netlink: kernel,
      onLost: cidr => lost.push(formatCidr(cidr)),
      onError: error => assert.fail(error),
    });
    hold('first');
    await settled('first');
    hold('renewal');
    await settled('renewal');
    assert.deepEqual(kernel.log, ['create', 'renew']);
  });
  afterEach(() => mock.timers.reset());

  const hold = (name: string): void => table.hold(VIP, INDEX, 2, () => done.push(name));
  const release = (name: string): void => table.release(VIP, INDEX, () => done.push(name));
  const settled = (name: string): Promise<true> =>
    waitFor(() => done.includes(name), { what: `${name} is done`, deadlineMs: 1_000, everyMs: 1 });

  test('is done for its caller at once, and another meanwhile is the same', async () => {
    hold('again');
    await settled('again');
    assert.deepEqual(kernel.log, ['create', 'renew']);
    kernel.renewals[0]?.();
    hold('next');
    await settled('next');
    assert.deepEqual(kernel.log, ['create', 'renew', 'renew']);
    assert.deepEqual(lost, []);
  });

  test('is waited for by a release, which has the last word', async () => {
    release('release');
    await new Promise(setImmediate);
    assert.deepEqual(kernel.log, ['create', 'renew']);
    kernel.renewals[0]?.();
    await settled('release');
    assert.equal(kernel.held, false);
    assert.deepEqual(kernel.log, ['create', 'renew', 'delete']);
  });

  test('keeps what comes after the release behind it', async () => {
    release('release');
    hold('after');
    kernel.renewals[0]?.();
    await settled('after');
    assert.deepEqual(kernel.log, ['create', 'renew', 'delete', 'create']);
    assert.deepEqual(done.slice(2), ['release', 'after']);
    assert.equal(kernel.held, true);
  });

  test('that fails is a loss, and the next hold says why', async () => {
    kernel.renewals[0]?.(new OperatingError('EPERM', 'no'));
    assert.deepEqual(lost, ['198.18.51.100/24']);
    hold('next');
    await settled('next');
    assert.deepEqual(kernel.log, ['create', 'renew', 'create']);
  });

  test('does not keep a release waiting for ever, and what it brings back late is removed', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    release('release');
    mock.timers.tick(500);
    mock.timers.reset();
    await settled('release');
    assert.equal(kernel.held, false);
    kernel.renewals[0]?.();
    assert.equal(kernel.held, false);
    assert.deepEqual(kernel.log, ['create', 'renew', 'delete', 'delete']);
    assert.deepEqual(lost, []);
  });

  test('leaves a loss to be told as any other', async () => {
    kernel.lose();
    await waitFor(() => lost.length === 1, { what: 'the loss', deadlineMs: 1_000, everyMs: 1 });
    hold('again');
    await settled('again');
    kernel.renewals[0]?.();
    assert.equal(kernel.held, true);
    assert.deepEqual(kernel.log, ['create', 'renew', 'create']);
  });
});
