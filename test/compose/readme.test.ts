/** compose/README.md, the files it offers and the tests on a real engine speak of the same commands: none is shown that no test runs. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { WAYS } from '../e2e/ways/table.ts';
import { HOSTS_FILES } from '../support/docker-hosts.ts';
import { ROOT } from '../support/paths.ts';

const COMPOSE = join(ROOT, 'compose');
const README = readFileSync(join(COMPOSE, 'README.md'), 'utf8');

/** Compose files that stand for themselves; what lies in folders belongs to one of them. */
const FILES = readdirSync(COMPOSE)
  .filter(name => name.endsWith('.yaml'))
  .filter(name => /^services:/m.test(textOf(name)));

const TESTED = new Set([...WAYS.flatMap(({ files }) => files), ...HOSTS_FILES].map(named));

describe('compose/README.md', () => {
  it('shows no command that no test runs', () => {
    const shown = commandsIn(README);
    assert.ok(shown.length >= FILES.length, shown.join('\n'));
    for (const files of shown) assert.ok(TESTED.has(named(files)), `no test runs ${named(files)}`);
  });

  for (const file of FILES) {
    it(`has the command that brings ${file} up, and so has the file itself`, () => {
      const shown = new Set(commandsIn(README).map(named));
      const own = commandsIn(textOf(file)).filter(files => files.at(-1) === file);
      assert.ok(own.length > 0, `${file} does not say how it comes up`);
      for (const files of own) assert.ok(shown.has(named(files)), `README.md does not show ${named(files)}`);
    });
  }

  it('names every unit and every file of settings that lies beside it', () => {
    const beside = readdirSync(COMPOSE).filter(name => /\.(service|example)$/.test(name));
    for (const name of beside) assert.ok(README.includes(name), name);
  });
});

function textOf(name: string): string {
  return readFileSync(join(COMPOSE, name), 'utf8');
}

/** The files of `compose/` in each `docker compose … up`; a file of the user's own is not among them. */
function commandsIn(text: string): string[][] {
  const commands = text.match(/docker compose( -f \S+)+ up\b/g) ?? [];
  return commands.map(command =>
    [...command.matchAll(/ -f \S*?compose\/(\S+)/g)].map(([, file]) => file ?? ''),
  );
}

function named(files: readonly string[]): string {
  return files.join(' + ');
}
