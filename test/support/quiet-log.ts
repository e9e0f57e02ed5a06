/** A log that keeps its lines for the test to look at. */

import type { LogFields, Logger } from '../../src/lib/logger.ts';

export interface KeptLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export class KeptLog implements Logger {
  readonly lines: KeptLine[] = [];

  debug(fields: LogFields, message: string): void {
    this.lines.push({ level: 'debug', message, fields });
  }

  info(fields: LogFields, message: string): void {
    this.lines.push({ level: 'info', message, fields });
  }

  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: 'warn', message, fields });
  }

  error(fields: LogFields, message: string): void {
    this.lines.push({ level: 'error', message, fields });
  }

  at(level: KeptLine['level']): readonly string[] {
    return this.lines.filter(line => line.level === level).map(({ message }) => message);
  }
}
