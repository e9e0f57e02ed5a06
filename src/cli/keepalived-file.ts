/**
 * keepalived.conf where Locum's own file could stand: read, translated, and what is to be said of it in the form of every other problem,
 * with its line.
 */

import { keepalivedLayer } from '../app/config/keepalived-layer.ts';
import type { Layer } from '../app/config/layers.ts';
import type { TextFile } from '../app/config/load.ts';
import type { Problem } from '../app/config/problems.ts';
import { readIncluded, readWhole } from '../app/keepalived-files.ts';
import { type Reading, readKeepalived } from '../keepalived/read.ts';
import { formatPosition, type Remark } from '../keepalived/remarks.ts';
import type { Translation } from '../keepalived/settings/sheet.ts';
import { translate } from '../keepalived/settings/translate.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { Dependencies } from './io.ts';

export interface KeepalivedSource {
  /** Undefined when nothing can be made of the file. */
  readonly layer: Layer | undefined;
  readonly problems: readonly Problem[];
  /** Lines that do not do what their author meant, as warnings: keepalived goes on. Who checks a file takes them for errors. */
  readonly mistakes: readonly Problem[];
}

export function readKeepalivedSource(name: string, dependencies: Dependencies): KeepalivedSource {
  const text = readKeepalivedFile(name);
  if (!text.ok) return { layer: undefined, problems: [text.error], mistakes: [] };
  const { translation, problems, mistakes } = translated(text.value, dependencies);
  return { layer: translation && keepalivedLayer(translation, name), problems, mistakes };
}

export interface Translated {
  /** Undefined when keepalived would not start with it, Locum cannot, or nothing is in it. */
  readonly translation: Translation | undefined;
  readonly problems: readonly Problem[];
  readonly mistakes: readonly Problem[];
  /** Of the reading alone: what it says is not yet among the comments of the translation. */
  readonly remarks: readonly Remark[];
}

export function translated({ name, content }: TextFile, dependencies: Dependencies): Translated {
  // keepalived takes it from its -i, or so.
  const configId = dependencies.nodeName().split('.')[0];
  const reading = readKeepalived({ name, text: content }, { include: readIncluded, configId });
  const { configuration, remarks } = reading;
  const translation = translate(configuration);
  const all = [...remarks, ...translation.remarks];
  const usable = configuration.instances.length > 0 && !all.some(isRefusal);
  return {
    translation: usable ? translation : undefined,
    problems: [...noInstance(reading, name), ...all.filter(remark => !isMistake(remark)).map(problemOf)],
    mistakes: all.filter(isMistake).map(problemOf),
    remarks,
  };
}

const isMistake = ({ severity }: Remark): boolean => severity === 'mistake';
const isRefusal = ({ severity }: Remark): boolean => severity === 'refused';

export function problemOf({ severity, setting, what, fix, at }: Remark): Problem {
  return {
    severity: severity === 'refused' ? 'error' : 'warning',
    path: setting,
    what,
    source: formatPosition(at),
    fix,
  };
}

/** A file without an instance, unless something in it says why. */
export function noInstance({ configuration, remarks }: Reading, file: string): Problem[] {
  if (configuration.instances.length > 0 || remarks.some(isRefusal)) return [];
  return [
    {
      severity: 'error',
      path: 'vrrp_instance',
      what: 'there is none',
      source: file,
      fix: 'name a keepalived.conf with a vrrp_instance, or a YAML file',
    },
  ];
}

export function readKeepalivedFile(name: string): Result<TextFile, Problem> {
  const text = readWhole(name);
  if (text.ok) return ok({ name, content: text.value });
  return err({
    severity: 'error',
    path: 'file',
    what: `${name} cannot be read: ${text.error}`,
    source: 'the command line',
    fix: 'name a readable keepalived.conf of at most 1 MiB',
  });
}
