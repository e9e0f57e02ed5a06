/**
 * The daemon's log through pino: JSON lines, or one readable line an event (`log.format: text`).
 *
 * Fields named like secrets are removed here as the last line of defence; nobody may hand a secret to the log in the first place.
 */

import { pino } from 'pino';
import type { Logger } from '../lib/logger.ts';
import type { Config } from './config/config.ts';

/** Where lines go; process.stdout satisfies it. */
export interface LogStream {
  write(line: string): unknown;
  /** What it was given and could not hand on yet, in octets. */
  readonly writableLength?: number;
}

/** A pipe that nobody reads holds nothing up, but what waits for it is kept in memory: some thousand lines. */
const WAITING_AT_MOST = 1024 * 1024;

const SECRET_FIELDS = ['password', 'authPassword', 'secret', 'token'];

export function createLog(settings: Config['log'], stream: LogStream): Logger {
  return pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: {
        paths: SECRET_FIELDS.flatMap(field => [field, `*.${field}`, `*.*.${field}`]),
        censor: '(hidden)',
      },
    },
    bounded(stream, settings.format === 'json' ? stream : asText(stream)),
  );
}

/** Leaves lines out while too much waits for `pipe`, and says how many once it is read again. */
function bounded(pipe: LogStream, stream: LogStream): LogStream {
  let dropped = 0;
  return {
    write(line) {
      if ((pipe.writableLength ?? 0) > WAITING_AT_MOST) {
        dropped += 1;
        return;
      }
      if (dropped > 0) stream.write(droppedLine(dropped));
      dropped = 0;
      stream.write(line);
    },
  };
}

function droppedLine(lines: number): string {
  const msg = 'lines of the log were left out: nobody read it';
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lines, msg })}\n`;
}

/** Turns pino's JSON lines into `2026-01-31T12:00:00.000Z INFO  message key=value`. */
function asText(stream: LogStream): LogStream {
  return { write: line => stream.write(`${textLine(line)}\n`) };
}

function textLine(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  return `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${String(msg ?? '')}${rest.join('')}`;
}

function fieldText(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
