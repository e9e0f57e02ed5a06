/** Reading in portions, on a socket made here and timers that are turned by hand. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OperatingError } from '../../src/lib/errors.ts';
import { type Pace, type PacedReader, readPaced } from '../../src/net/paced-reader.ts';
import type { PacketListener } from '../../src/net/raw-socket.ts';

const PACE = { burst: 4, portion: 10, eager: false };

describe('the paced reader', () => {
  let waiting: number;
  let listening: boolean;
  let deliver: PacketListener;
  let heard: number;
  let reader: PacedReader;
  let read: (pace: Pace) => void;
  let failing: boolean;
  let errors: string[];

  const receiveNow = (): boolean => {
    if (failing) throw new OperatingError('ENETDOWN', 'the network is down', {});
    if (waiting === 0) return false;
    waiting -= 1;
    deliver(new Uint8Array(1), '198.18.51.2');
    return true;
  };

  /** Packets come, and the event loop turns for each as long as the socket is listened to. */
  const arrive = (packets: number): void => {
    waiting += packets;
    while (listening && receiveNow());
  };

  const nextMillisecond = (): void => {
    mock.timers.tick(1);
    while (listening && receiveNow());
  };

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    [waiting, heard, listening, failing, errors] = [0, 0, true, false, []];
    const socket = {
      onPacket: (listener: PacketListener) => {
        deliver = listener;
      },
      onError: () => undefined,
      receiveNow,
      stopReceiving: () => {
        listening = false;
      },
      resumeReceiving: () => {
        listening = true;
      },
    };
    read = pace => {
      reader = readPaced(socket, pace, {
        onPacket: () => {
          heard += 1;
        },
        onError: error => errors.push(error.code),
      });
    };
    read(PACE);
  });

  afterEach(() => mock.timers.reset());

  test('hands over at once what comes singly, for ever', () => {
    for (let i = 1; i <= 100; i++) {
      arrive(3);
      assert.equal(heard, 3 * i);
      nextMillisecond();
    }
    assert.equal(listening, true);
  });

  test('takes no more than a burst at once and a portion each millisecond', () => {
    arrive(35);
    assert.equal(heard, 4);
    for (const total of [14, 24, 34, 35]) {
      nextMillisecond();
      assert.equal(heard, total);
    }
  });

  test('an eager one takes a portion each turn of the event loop, until one is not full', async () => {
    read({ ...PACE, eager: true });
    arrive(40);
    nextMillisecond();
    for (const total of [14, 24, 34, 40]) {
      assert.equal(heard, total);
      await nextTurn();
    }
    waiting += 20;
    await nextTurn();
    assert.equal(heard, 40);
    nextMillisecond();
    assert.equal(heard, 50);
    reader.close();
    await nextTurn();
    assert.equal(heard, 50);
  });

  test('listens again when it has become quiet', () => {
    arrive(20);
    for (let i = 0; i < 3; i++) nextMillisecond();
    assert.equal(listening, true);
    arrive(1);
    assert.equal(heard, 21);
  });

  test('goes on looking while a socket that others drain meanwhile is not quiet', () => {
    arrive(20);
    assert.equal(reader.drain(12), 12);
    nextMillisecond();
    assert.deepEqual([heard, listening], [20, false]);
    nextMillisecond();
    assert.equal(listening, true);
  });

  test('tells an error and goes on when it is over', () => {
    arrive(6);
    failing = true;
    assert.equal(reader.drain(5), 0);
    nextMillisecond();
    assert.deepEqual(errors, ['ENETDOWN', 'ENETDOWN']);
    failing = false;
    nextMillisecond();
    assert.equal(heard, 6);
  });

  test('drains no more than it is asked to, and looks no more once it is closed', () => {
    arrive(30);
    assert.equal(reader.drain(5), 5);
    reader.close();
    nextMillisecond();
    assert.equal(heard, 9);
  });
});
