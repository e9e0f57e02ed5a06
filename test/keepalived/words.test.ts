/** How a line falls into words; keepalived was asked about each of these (test/netns/keepalived-conf.test.ts has the means). */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { splitCommand, splitWords, withoutComment } from '../../src/keepalived/words.ts';

/** A reference that nothing defines. */
const A = ['$', '{A}'].join('');

describe('words', () => {
  const words = (line: string) => splitWords(line).words.map(({ text }) => text);

  test('of a line', () => {
    assert.deepEqual(words('priority 7"8 9"x {a}b'), ['priority', '7', '8 9', 'x', '{', 'a', '}', 'b']);
    assert.deepEqual(words("router_id it's a\\ b"), ['router_id', "it's", 'a\\', 'b']);
    assert.deepEqual(words("s { script '/x \"y z\"' root } a 'b c'"), [
      ...['s', '{', 'script', '/x "y z"', 'root', '}', 'a', "'b", "c'"],
    ]);
    assert.deepEqual(words(`notify /bin/t"rue x" ${A}`), ['notify', '/bin/true x', A]);
    assert.equal(splitWords('a "b').unterminated, true);
    assert.equal(splitWords('script "b\'').unterminated, true);
  });

  test('of a command', () => {
    assert.deepEqual(splitCommand(`/bin/sh -c 'echo "x y" # b' {z}`), [
      '/bin/sh',
      '-c',
      'echo "x y" # b',
      '{z}',
    ]);
    assert.deepEqual(splitCommand('\\x41\\102\\tq\\cA a\\ b \\"z\\" \\\\'), [
      'AB\tq\x01',
      'a b',
      '"z"',
      '\\',
    ]);
  });

  test('end at a comment', () => {
    assert.equal(withoutComment('a "b # c" d # e "f'), 'a "b # c" d ');
    assert.equal(withoutComment("a 'b # c'"), "a 'b ");
    assert.equal(withoutComment('! all of it'), '');
    assert.equal(withoutComment('a "b # c'), 'a "b # c');
  });
});
