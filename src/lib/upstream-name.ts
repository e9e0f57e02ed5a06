/**
 * Names of nginx upstreams, checked once where they enter. nginx compares them without regard to case
 * (`App` and `app` are "duplicate upstream"), so the canonical form is lower case.
 */

import { err, ok, type Result } from './result.ts';

declare const upstreamNameBrand: unique symbol;

/** 1 to 63 of `a-z 0-9 . _ -`, begins with a letter or digit, holds a letter, is no reserved word. */
export type UpstreamName = string & { readonly [upstreamNameBrand]: true };

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** `proxy_pass http://unix:…` names a socket; `localhost` would capture what a site sends to its own machine. */
const RESERVED: readonly string[] = ['unix', 'localhost'];

/** The canonical name, or why the text is none. A name without a letter is refused: it would shadow an IPv4 address. */
export function parseUpstreamName(text: string): Result<UpstreamName, string> {
  const name = text.toLowerCase();
  if (!NAME.test(name))
    return err('must be 1 to 63 of a-z, 0-9, ".", "_", "-" and begin with a letter or digit');
  if (!/[a-z]/.test(name)) return err('must hold a letter, or it could shadow an address');
  if (RESERVED.includes(name)) return err('is a reserved word');
  return ok(name as UpstreamName);
}
