/**
 * Which files an nginx configuration includes, as far as that can be told from its text: the arguments of its `include`
 * directives, and whether one of them takes a file (ngx_conf_include, glob(7)). Pure. It must never be used to change anything.
 */

/** The patterns of the `include` directives of a text, comments left out, at most `limit`. */
export function includesOf(text: string, limit = 256): string[] {
  const code = text.replaceAll(/^\s*#.*$/gm, '').replaceAll(/\s#[^\n]*/g, '');
  const found = code.matchAll(/(?:^|[\s;{}])include\s+(?:"([^"\n]+)"|'([^'\n]+)'|([^\s;"']+))\s*;/g);
  return [...found].slice(0, limit).map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}

/** Whether a name is one that the pattern of a path's last part takes: `*`, `?` and `[…]`; a leading dot must be named. */
export function takesName(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const source = pattern.replaceAll(/\[!?[^\]]+\]|[\s\S]/g, piece => {
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    if (piece.length > 1) return piece.replace('[!', '[^').replaceAll('\\', '\\\\');
    return piece.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    return false;
  }
}

/** The main file of a running nginx, from the title of its master process; undefined: where it was built to look. */
export function mainFileOf(title: string): {
  readonly prefix: string | undefined;
  readonly file: string | undefined;
} {
  const words = title.split(' ');
  const after = (flag: string): string | undefined => {
    const at = words.indexOf(flag);
    return at === -1 ? undefined : words[at + 1];
  };
  return { prefix: after('-p'), file: after('-c') };
}
