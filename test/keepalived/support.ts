/** Readings as files to read: sections that begin with `== name` are files of keepalived, the last, `== reading`, is what they say. */

import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../../src/keepalived/model.ts';
import { type Reading, readKeepalived } from '../../src/keepalived/read.ts';
import { err, ok } from '../../src/lib/result.ts';
import { type Duration, formatDuration } from '../../src/lib/time.ts';

export interface Section {
  readonly name: string;
  readonly text: string;
}

export function sectionsOf(written: string): Section[] {
  return written
    .split(/^== /m)
    .slice(1)
    .map(part => ({ name: part.slice(0, part.indexOf('\n')), text: part.slice(part.indexOf('\n') + 1) }));
}

/** The files of a transcript, the first being the one that is read. */
export const filesOf = (written: string): Section[] =>
  sectionsOf(written).filter(({ name }) => name !== 'reading');

/** The config-id of the host that the transcripts are read on. */
export const CONFIG_ID = 'node1';

/** An include names one of the files. */
export function readFiles(files: readonly Section[]): Reading {
  const [main = { name: 'none', text: '' }] = files;
  return readKeepalived(main, {
    configId: CONFIG_ID,
    include: pattern => {
      const found = files.filter(({ name }) => name === pattern);
      return found.length === 0 ? err('no file is called that') : ok(found);
    },
  });
}

export const readText = (text: string): Reading => readFiles([{ name: 'keepalived.conf', text }]);

/** What the first instance of a body is read as. */
export function bodyOf(body: string, before = ''): Reading {
  const instance = 'virtual_router_id 51\ninterface eth0\nvirtual_ipaddress {\n198.18.51.100\n}';
  return readText(`${before}\nvrrp_instance A {\n${instance}\n${body}\n}\n`);
}

const DURATIONS = /(?:interval|timeout|delay|refresh)$/i;
/** Where things stand is told by the remarks. */
const UNSAID = ['at', 'lines'];

/** Every value that is not empty, a line each. */
function valuesText(value: unknown, key: string, indent: string): string[] {
  if (value === undefined || value === false || UNSAID.includes(key)) return [];
  if (Array.isArray(value) && value.every(item => typeof item === 'string'))
    return value.length === 0
      ? []
      : [`${indent}${key}: ${value.map(item => JSON.stringify(item)).join(' ')}`];
  if (Array.isArray(value)) return value.flatMap(item => valuesText(item, key, indent));
  if (typeof value === 'object' && value !== null)
    return [
      `${indent}${key}`,
      ...Object.entries(value).flatMap(([name, inner]) => valuesText(inner, name, `${indent}  `)),
    ];
  const shown = typeof value === 'number' && DURATIONS.test(key) ? formatDuration(value as Duration) : value;
  return [`${indent}${key}: ${shown}`];
}

/** What an instance inherits is not repeated. */
function configurationText({ global, instances, ...blocks }: Configuration): string[] {
  const own = instances.map(({ announcements, ...instance }) =>
    isDeepStrictEqual(announcements, global.announcements) ? instance : { announcements, ...instance },
  );
  return [
    valuesText(global, 'global', ''),
    valuesText({ ...blocks, instances: own }, 'blocks', '').slice(1),
  ].flat();
}

/** A transcript as it should be written. */
export function transcriptOf(written: string): string {
  const files = filesOf(written);
  const { configuration, remarks } = readFiles(files);
  const said = remarks.map(
    ({ severity, setting, what, fix, at }) =>
      `${at.file}:${at.line} ${severity}: ${setting}: ${what}\n    fix: ${fix}`,
  );
  const reading = [...said, ...configurationText(configuration)].join('\n');
  return `${files.map(({ name, text }) => `== ${name}\n${text}`).join('')}== reading\n${reading}\n`;
}
