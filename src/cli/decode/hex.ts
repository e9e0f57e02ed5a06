/** Packets as lines of hexadecimal digits; spaces, colons and `0x` between them are fine, `#` begins a comment. Pure. */

import { fromHex } from '../../lib/bytes.ts';
import { err, ok, type Result } from '../../lib/result.ts';

export interface HexLine {
  /** From 1. */
  readonly line: number;
  readonly bytes: Result<Uint8Array, string>;
}

/** An IP packet is no longer, nor any frame around one that Ethernet carries. */
const LONGEST_DIGITS = 2 * 65_535;

export function readHexLines(text: string): HexLine[] {
  return text.split('\n').flatMap((content, i) => {
    const digits = content.replace(/#.*$/, '').replace(/0x|[\s:]/gi, '');
    return digits === '' ? [] : [{ line: i + 1, bytes: readDigits(digits) }];
  });
}

function readDigits(digits: string): Result<Uint8Array, string> {
  const stranger = /[^0-9a-f]/i.exec(digits)?.[0];
  if (stranger !== undefined) return err(`${JSON.stringify(stranger)} is no hexadecimal digit`);
  const bytes = fromHex(digits);
  if (bytes === undefined) return err('an odd number of hexadecimal digits');
  return digits.length > LONGEST_DIGITS ? err('longer than any IP packet') : ok(bytes);
}
