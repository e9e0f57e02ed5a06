/** The guides to weights and from keepalived: each command that they show is run on the files that they show, and prints these lines. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { missingLine, shownCommands, shownFiles } from '../support/guide.ts';
import { MAIN, ROOT } from '../support/paths.ts';

const GUIDES = ['src/explain/README.md', 'src/keepalived/README.md'];

/** What both streams hold, whatever the exit code. */
function printed(command: string, folder: string): Promise<string> {
  const line = command.replace(/^locum /, `"${process.execPath}" "${MAIN}" `);
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('LOCUM_'));
  return new Promise(resolve => {
    const options = { cwd: folder, env: Object.fromEntries(environment) };
    execFile('sh', ['-c', line], options, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });
}

for (const guide of GUIDES)
  describe(guide, () => {
    const markdown = readFileSync(join(ROOT, guide), 'utf8');
    const commands = shownCommands(markdown);
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'locum-guide-'));
      for (const [name, text] of shownFiles(markdown)) writeFileSync(join(folder, name), text);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    test('shows commands', () => assert.ok(commands.length >= 3));

    for (const { command, lines } of commands)
      test(`$ ${command}`, async () => {
        assert.match(command, /^locum /);
        const text = await printed(command, folder);
        assert.equal(missingLine(lines, text), undefined, text);
      });
  });
