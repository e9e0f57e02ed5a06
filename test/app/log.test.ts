/** The log's two formats, and its last defence of secrets. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Config } from '../../src/app/config/config.ts';
import { createLog } from '../../src/app/log.ts';
import type { Logger } from '../../src/lib/logger.ts';

function logged(settings: Config['log'], write: (log: Logger) => void): string[] {
  const lines: string[] = [];
  write(createLog(settings, { write: line => lines.push(line) }));
  return lines;
}

describe('the log', () => {
  it('is one JSON object a line', () => {
    const [line = ''] = logged({ level: 'info', format: 'json' }, log => log.info({ router: 'web' }, 'runs'));
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual(rest, { level: 'info', router: 'web', msg: 'runs' });
  });

  it('is one readable line as text, whatever a field holds', () => {
    const [line = ''] = logged({ level: 'info', format: 'text' }, log =>
      log.warn({ router: 'web', count: 3, detail: 'two words\nand a line' }, 'odd'),
    );
    assert.match(line, /^\S+Z WARN {2}odd router=web count=3 detail="two words\\nand a line"\n$/);
  });

  it('leaves lines out while nobody reads it, and says so afterwards', () => {
    const lines: string[] = [];
    const pipe = { writableLength: 0, write: (line: string) => lines.push(line) };
    const log = createLog({ level: 'info', format: 'text' }, pipe);
    log.info({}, 'first');
    pipe.writableLength = 2 * 1024 * 1024;
    for (let i = 0; i < 3; i++) log.info({}, 'lost');
    assert.equal(lines.length, 1);
    pipe.writableLength = 0;
    log.info({}, 'last');
    assert.deepEqual(
      lines.map(line => line.replace(/^\S+ /, '')),
      ['INFO  first\n', 'WARN  lines of the log were left out: nobody read it lines=3\n', 'INFO  last\n'],
    );
  });

  it('leaves out what is below its level', () => {
    assert.deepEqual(
      logged({ level: 'warn', format: 'json' }, log => log.info({}, 'x')),
      [],
    );
  });

  it('hides fields that are named like secrets', () => {
    const lines = logged({ level: 'info', format: 'text' }, log =>
      log.info({ password: 'geheim', auth: { password: 'geheim' }, a: { b: { token: 'geheim' } } }, 'x'),
    );
    assert.ok(!lines.join().includes('geheim'), lines.join());
  });
});
