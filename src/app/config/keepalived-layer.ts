/** What keepalived.conf was translated to, as the layer that a YAML file would be: the same paths and texts, each with its line. */

import { formatPosition } from '../../keepalived/remarks.ts';
import type { Translation, Value } from '../../keepalived/settings/sheet.ts';
import type { Layer } from './layers.ts';
import type { Raw } from './leaf.ts';

/** `file` is named where no line of it says what is set. */
export function keepalivedLayer({ settings }: Translation, file: string): Layer {
  const entries = settings
    .filter(({ value }) => value !== '')
    .map(({ path, value, at }) => ({
      path,
      value: value === undefined ? undefined : textOf(value),
      source: at === undefined ? `assumed for ${file}` : formatPosition(at),
    }));
  return { entries, problems: [] };
}

function textOf(value: Value): Raw {
  return typeof value === 'object' ? value : String(value);
}
