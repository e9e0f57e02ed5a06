/**
 * Every keyword of keepalived.conf that concerns VRRP, by the sections of its manual: each is either mapped to a setting of Locum, or
 * told with its line, or refused there; or it says what is so anyway. And every keyword that is left out has a reason of its own.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { reasonFor } from '../../src/keepalived/reasons.ts';
import type { Severity } from '../../src/keepalived/remarks.ts';
import type { Setting } from '../../src/keepalived/settings/sheet.ts';
import { translate } from '../../src/keepalived/settings/translate.ts';
import { type Place, WORDS } from './keywords.ts';
import { readText } from './support.ts';

const LINE = 'LINE-UNDER-TEST';

/** The numbers of the lines that are not in the file without them. */
function linesOf(place: Place, line: string): { text: string; numbers: readonly number[] } {
  const text = place(line);
  const first = place(LINE)
    .split('\n')
    .findIndex(each => each.includes(LINE));
  return { text, numbers: line.split('\n').map((_, at) => first + 1 + at) };
}

const plain = (settings: readonly Setting[]) => settings.map(({ path, value }) => [path.join('.'), value]);

interface Finding {
  readonly mapped: boolean;
  readonly told: boolean;
  readonly refused: boolean;
}

function find(place: Place, line: string): Finding {
  const { text, numbers } = linesOf(place, line);
  const { configuration, remarks } = readText(text);
  const translation = translate(configuration);
  const all = [...remarks, ...translation.remarks];
  const says = (severity: Severity) =>
    all.some(remark => remark.severity === severity && numbers.includes(remark.at.line));
  const without = translate(readText(place('')).configuration);
  return {
    mapped: !isDeepStrictEqual(plain(translation.settings), plain(without.settings)),
    told: says('ignored'),
    refused: says('refused'),
  };
}

for (const [fate, places] of Object.entries(WORDS))
  describe(`${fate}:`, () => {
    for (const [place, lines] of places)
      for (const line of lines)
        test(line.replaceAll('\n', ' '), () => {
          const { mapped, told, refused } = find(place, line);
          assert.equal(refused, fate === 'refused');
          if (fate === 'so anyway') assert.deepEqual({ mapped, told }, { mapped: false, told: false });
          else assert.ok(fate === 'mapped' ? mapped : told || refused);
        });
  });

test('every keyword that is left out has a reason', () => {
  const none = reasonFor('nothing of the kind');
  const [, ...told] = WORDS.told.flatMap(([place, lines]) =>
    lines.map(line => readText(place(line)).remarks),
  );
  for (const { setting, what, fix } of told.flat())
    assert.ok(what !== none.what && fix !== '', `${setting}: ${what}`);
});
