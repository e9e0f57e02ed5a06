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
