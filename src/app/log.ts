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
}

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
    settings.format === 'json' ? stream : asText(stream),
  );
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
