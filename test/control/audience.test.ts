/** Readers of a stream, the slow ones above all: what they miss, when they are let go of, and that nothing piles up for them. */

import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { afterEach, describe, it, mock } from 'node:test';
import { Audience, type AudienceRules } from '../../src/control/audience.ts';
import { settle } from '../support/virtual-clock.ts';

/** Takes what it is given only when it is told to. */
class Reader extends Writable {
  readonly taken: string[] = [];
  /** As of an http.ServerResponse, also after its reader has left. */
  override readonly writable: boolean = true;
  #release: (() => void) | undefined;
  /** Whether it takes everything at once. */
  eager = true;

  constructor() {
    super({ highWaterMark: 64 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(chunk.toString());
    if (this.eager) done();
    else this.#release = done;
  }

  /** Takes what waits, and from then on everything. */
  async catchUp(): Promise<void> {
    this.eager = true;
    this.#release?.();
    await settle();
  }
}

function slow(): Reader {
  const reader = new Reader();
  reader.eager = false;
  return reader;
}

let listening = 0;
let publish: (text: string) => void = () => assert.fail('nobody listens');

function audienceOf(rules: Partial<AudienceRules> = {}): Audience {
  return new Audience({
    mostReaders: 100,
    keeps: 'newest',
    togetherMs: 0,
    listen: to => {
      listening++;
      publish = to;
      return () => void listening--;
    },
    ...rules,
  });
}

const written = async (): Promise<void> => {
  mock.timers.tick(100);
  await settle();
};

const long = (text: string): string => text.padEnd(1_000, '.');

describe('an audience', () => {
  afterEach(() => {
    mock.timers.reset();
    listening = 0;
  });

  it('listens only while somebody reads', async () => {
    const audience = audienceOf();
    const [first, second] = [new Reader(), new Reader()];
    assert.equal(listening, 0);
    audience.add(first, 'hello');
    audience.add(second, 'hello');
    assert.equal(listening, 1);
    first.destroy();
    await settle();
    assert.equal(listening, 1);
    second.destroy();
    await settle();
    assert.equal(listening, 0);
  });

  it('writes to all, a few a turn, in order', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const audience = audienceOf();
    const readers = Array.from({ length: 30 }, () => new Reader());
    for (const reader of readers) audience.add(reader, 'first');
    publish('second');
    mock.timers.tick(0);
    assert.equal(readers.filter(({ taken }) => taken.includes('second')).length, 8);
    await settle();
    publish('third');
    await written();
    for (const { taken } of readers) assert.deepEqual(taken, ['first', 'second', 'third']);
  });

  it('is full at its limit', async () => {
    const audience = audienceOf({ mostReaders: 2 });
    const readers = [new Reader(), new Reader()];
    for (const reader of readers) audience.add(reader, 'x');
    assert.ok(audience.isFull);
    readers[0]?.destroy();
    await settle();
    assert.ok(!audience.isFull);
  });

  it('gives no place to one who has left already', async () => {
    const audience = audienceOf({ mostReaders: 1 });
    const gone = new Reader();
    gone.destroy();
    await settle();
    audience.add(gone, 'hello');
    assert.ok(!audience.isFull);
    assert.equal(listening, 0);
  });

  it('writes nothing to one who has just left, and does not count it as slow', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const audience = audienceOf();
    const [leaving, staying] = [new Reader(), new Reader()];
    for (const reader of [leaving, staying]) audience.add(reader, 'hello');
    publish('news');
    leaving.destroy();
    const write = mock.method(leaving, 'write');
    await written();
    assert.equal(write.mock.callCount(), 0);
    assert.deepEqual(staying.taken, ['hello', 'news']);
    assert.equal(audience.dropped, 0);
  });

  it('gives the one that it let in with a message not the same again', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const audience = audienceOf();
    const reader = new Reader();
    audience.add(reader, 'same');
    publish('same');
    await written();
    publish('other');
    await written();
    assert.deepEqual(reader.taken, ['same', 'other']);
  });
});

describe('a reader of the newest that is behind', () => {
  afterEach(() => mock.timers.reset());

  it('misses what is outdated, gets the newest, and holds nobody up', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const audience = audienceOf();
    const [quick, behind] = [new Reader(), slow()];
    audience.add(quick, long('0'));
    audience.add(behind, long('0'));
    for (let at = 1; at <= 50; at++) {
      publish(long(String(at)));
      await written();
    }
    assert.equal(quick.taken.length, 51);
    assert.deepEqual(behind.taken, [long('0')]);
    assert.ok(behind.writableLength <= 1_000);
    await behind.catchUp();
    assert.deepEqual(behind.taken, [long('0'), long('50')]);
    publish(long('51'));
    await written();
    assert.equal(behind.taken.at(-1), long('51'));
    assert.equal(audience.dropped, 0);
  });

  it('is let go of when it takes nothing for ten seconds', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let nowMs = 0;
    const clock = mock.method(performance, 'now', () => nowMs);
    const audience = audienceOf();
    const behind = slow();
    audience.add(behind, long('0'));
    publish(long('1'));
    await written();
    nowMs = 9_000;
    publish(long('2'));
    await written();
    assert.ok(!behind.destroyed);
    nowMs = 11_000;
    publish(long('3'));
    await written();
    assert.ok(behind.destroyed);
    assert.equal(audience.dropped, 1);
    clock.mock.restore();
  });
});

describe('a reader of all', () => {
  afterEach(() => mock.timers.reset());

  it('gets everything in order, what comes together in one piece', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const audience = audienceOf({ keeps: 'all', togetherMs: 50 });
    const reader = new Reader();
    audience.add(reader, '1\n');
    publish('2\n');
    publish('3\n');
    mock.timers.tick(49);
    assert.deepEqual(reader.taken, ['1\n']);
    await written();
    assert.deepEqual(reader.taken, ['1\n', '2\n3\n']);
  });

  it('that is let in between gets nothing twice', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const audience = audienceOf({ keeps: 'all', togetherMs: 50 });
    const [early, late] = [new Reader(), new Reader()];
    audience.add(early, '1\n');
    publish('2\n');
    audience.add(late, '1\n2\n');
    await written();
    assert.equal(early.taken.join(''), '1\n2\n');
    assert.equal(late.taken.join(''), '1\n2\n');
  });

  it('that does not keep up is let go of before it costs memory', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const audience = audienceOf({ keeps: 'all', togetherMs: 50 });
    const [quick, behind] = [new Reader(), slow()];
    audience.add(quick, '0\n');
    audience.add(behind, long('0'));
    let most = 0;
    for (let at = 1; at <= 1_000; at++) {
      publish(long(String(at)));
      await written();
      most = Math.max(most, behind.writableLength);
    }
    assert.ok(behind.destroyed);
    assert.ok(most < 300_000, `${most} bytes waited`);
    assert.equal(quick.taken.length, 1_001);
  });
});
