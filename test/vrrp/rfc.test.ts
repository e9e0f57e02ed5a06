/**
 * One named test for each requirement of the RFCs that applies, positive and negative; the table of all of them says where
 * Locum stands. `LOCUM_REWRITE=1` writes the table into src/vrrp/README.md.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/paths.ts';
import { REQUIREMENTS, type Requirement } from './requirements.ts';
import './rfc/authentication.ts';
import './rfc/ipv6.ts';
import './rfc/packet.ts';
import './rfc/receive.ts';
import './rfc/states.ts';
import './rfc/unicast.ts';
import { proofs } from './rfc/prove.ts';

const isMust = ({ level }: Requirement): boolean => level === 'MUST' || level === 'MUST NOT';

test('the requirements are numbered without a gap', () => {
  assert.deepEqual(
    REQUIREMENTS.map(({ id }) => id),
    Array.from({ length: REQUIREMENTS.length }, (_, i) => i + 1),
  );
});

test('every MUST that is done has a positive and a negative test', () => {
  for (const { id, text } of REQUIREMENTS.filter(row => isMust(row) && row.status === 'done')) {
    const found = proofs.get(id);
    assert.ok(found !== undefined && found.holds > 0 && found.refuses > 0, `R${id} ${text}`);
  }
});

test('what is done has a test, whatever its level', () => {
  for (const { id, text } of REQUIREMENTS.filter(({ status }) => status === 'done'))
    assert.ok(proofs.has(id), `R${id} ${text}`);
});

test('what is not done says why', () => {
  for (const { id, status, reason } of REQUIREMENTS)
    if (status !== 'done') assert.ok((reason ?? '') !== '', `R${id}`);
});

test('every test is of a requirement in the table', () => {
  const known = new Set(REQUIREMENTS.map(({ id }) => id));
  for (const id of proofs.keys()) assert.ok(known.has(id), `R${id}`);
});

const README = join(ROOT, 'src', 'vrrp', 'README.md');
const BEGIN = '<!-- requirements: begin -->';
const END = '<!-- requirements: end -->';

function table(): string {
  const rows = REQUIREMENTS.map(({ id, section, level, text, status, reason }) => {
    const standing = reason === undefined ? status : `${status}: ${reason}`;
    return `| R${id} | ${section} | ${level} | ${text} | ${standing} |`;
  });
  return ['| | section | level | requirement | Locum |', '|---|---|---|---|---|', ...rows].join('\n');
}

test('src/vrrp/README.md holds the table as it is', () => {
  const readme = readFileSync(README, 'utf8');
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  assert.ok(before !== undefined && after !== undefined, 'the markers are there');
  const wanted = `${before}${BEGIN}\n${table()}\n${END}${after}`;
  if (process.env['LOCUM_REWRITE'] === '1') writeFileSync(README, wanted);
  else assert.equal(readme, wanted, 'LOCUM_REWRITE=1 writes it');
});
