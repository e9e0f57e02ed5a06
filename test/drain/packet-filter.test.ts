/** The packet filter over a program that a test plays. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PacketFilter, type RunProgram } from '../../src/drain/packet-filter.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { milliseconds } from '../../src/lib/time.ts';

const VIP = parseIpAddress('198.18.51.100') as IpAddress;
const LEASE = milliseconds(750);

async function problemWith(run: RunProgram): Promise<string | undefined> {
  return new PacketFilter(VIP, run).holdOff([VIP], LEASE);
}

describe('a hold', () => {
  test('is one run of nft with one argument', async () => {
    const commands: (readonly string[])[] = [];
    const filter = new PacketFilter(VIP, async command => {
      commands.push(command);
      return { exitCode: 0, firstLine: '' };
    });
    assert.equal(await filter.holdOff([VIP], LEASE), undefined);
    assert.equal(await filter.letIn(), undefined);
    assert.deepEqual(
      commands.map(([program, words = '', ...rest]) => [program, words.slice(0, 36), rest]),
      [
        ['nft', 'add table inet locum-drain-c6123364;', []],
        ['nft', 'add table inet locum-drain-c6123364;', []],
      ],
    );
  });

  test('and its end happen in the order of the calls, whatever each takes', async () => {
    const events: string[] = [];
    let finishFirst = (): void => {};
    const filter = new PacketFilter(VIP, async ([, words = '']) => {
      const name = words.includes('delete') ? 'letIn' : 'holdOff';
      events.push(`${name} begins`);
      if (name === 'holdOff')
        await new Promise<void>(resolve => {
          finishFirst = resolve;
        });
      events.push(`${name} ends`);
      return { exitCode: 0, firstLine: '' };
    });
    const held = filter.holdOff([VIP], LEASE);
    const ended = filter.letIn();
    await new Promise(resolve => setImmediate(resolve));
    finishFirst();
    await Promise.all([held, ended]);
    assert.deepEqual(events, ['holdOff begins', 'holdOff ends', 'letIn begins', 'letIn ends']);
  });
});

describe('a hold that does not come about says why', () => {
  test('nft is not installed', async () => {
    const problem = await problemWith(() =>
      Promise.reject(new OperatingError('ENOENT', 'cannot start nft: there is no such file')),
    );
    assert.equal(problem, 'the program nft is not here; install the package nftables');
  });

  test('the capability is missing', async () => {
    const firstLine = 'Error: Could not process rule: Operation not permitted';
    assert.match((await problemWith(async () => ({ exitCode: 1, firstLine }))) ?? '', /NET_ADMIN/);
  });

  test('nft hangs: it is killed', async () => {
    // Its timer alone keeps no process running.
    const alive = setInterval(() => {}, 1_000);
    const problem = await problemWith(
      (_command, signal) =>
        new Promise(resolve =>
          signal.addEventListener('abort', () => resolve({ exitCode: undefined, firstLine: '' })),
        ),
    );
    clearInterval(alive);
    assert.equal(problem, 'nft did not end within 1000 ms');
  });

  test('whatever else', async () => {
    assert.equal(await problemWith(() => Promise.reject(new Error('EMFILE'))), 'EMFILE');
    assert.equal(
      await problemWith(async () => ({ exitCode: 1, firstLine: 'Error: syntax' })),
      'nft: exit code 1: Error: syntax',
    );
  });
});
