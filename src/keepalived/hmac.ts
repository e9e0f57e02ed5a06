/** The block `auth_hmac` of an instance (keepalived 2.4; draft-cassen-vrrp-auth-hmac): keys by id, and how they are used. */

import { type Field, type Grammar, mistake, readBlock } from './fields.ts';
import type { Authentication, HmacKey } from './model.ts';
import type { Report } from './remarks.ts';
import type { Statement } from './tree.ts';
import { choice, whole, wholeSeconds } from './values.ts';

type Hmac = Extract<Authentication, { readonly type: 'hmac' }>;

const GRAMMAR = {
  fields: {
    key: keys(),
    active_key: whole(0, 255),
    anti_replay: choice('time', 'monotonic'),
    time_window: wholeSeconds(1, 300),
    mode: choice('enforce', 'permissive', 'receive-only'),
  },
  ignored: [],
  secret: true,
} satisfies Grammar<Record<string, Field<unknown>>>;

/** `key 1 hex:…`, as often as there are keys. */
function keys(): Field<readonly HmacKey[]> {
  return {
    shape: 'words',
    needsWord: true,
    mostWords: 2,
    read: use => {
      const [text = '', key] = use.statement.words;
      const id = /^\d{1,3}$/.test(text) ? Number(text) : 256;
      if (id > 255) mistake(use, 'has an id that is no number from 0 to 255', 'write key ID VALUE');
      else if (key === undefined) mistake(use, 'has no value after its id', 'write key ID VALUE');
      else if (key.startsWith('file:'))
        mistake(
          use,
          `${id} stands in a file of its own, which is not read here`,
          'write the key itself: hex:DIGITS',
        );
      else return [{ id, key, at: use.statement.at }];
      return undefined;
    },
    join: (earlier, later) => [...earlier.filter(({ id }) => later.every(key => key.id !== id)), ...later],
  };
}

export function readHmac(setting: string, statements: readonly Statement[], report: Report): Hmac {
  const { values } = readBlock(`${setting} auth_hmac`, statements, GRAMMAR, report);
  return {
    type: 'hmac',
    keys: values.key ?? [],
    activeKey: values.active_key,
    antiReplay: values.anti_replay,
    window: values.time_window,
    mode: values.mode,
  };
}
