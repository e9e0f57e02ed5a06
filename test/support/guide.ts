/**
 * Commands and outputs as a guide shows them, held against what the commands print. A block belongs to a play, or is run as it is, beside the
 * files that the guide shows (`<!-- run -->`):
 *
 *     <!-- play NAME on HOST -->
 *     ```text
 *     $ locum status
 *     lines of its output, in order; others may lie between them
 *     ```
 */

export interface ShownCommand {
  /** Empty for what is run as it is. */
  readonly play: string;
  readonly host: string;
  /** Behind `$ `. */
  readonly command: string;
  readonly lines: readonly string[];
}

const BLOCK = /<!-- (?:run|play (\S+) on (\S+)) -->\n```\w*\n([\s\S]*?)```/g;

export function shownCommands(markdown: string): readonly ShownCommand[] {
  return [...markdown.matchAll(BLOCK)].flatMap(([, play = '', host = '', body = '']) =>
    body
      .split(/^\$ /m)
      .filter(part => part.trim() !== '')
      .map(part => {
        const [command = '', ...lines] = part.trimEnd().split('\n');
        return { play, host, command, lines: lines.filter(line => !/^\s*…?$/.test(line)) };
      }),
  );
}

/** The first line that is shown and not printed, in this order; undefined when all are. `alike`: what two lines must have in common. */
export function missingLine(
  shown: readonly string[],
  printed: string,
  alike: (line: string) => string = line => line.trimEnd(),
): string | undefined {
  const rest = printed.split('\n').map(alike);
  for (const line of shown) {
    const at = rest.indexOf(alike(line));
    if (at < 0) return line;
    rest.splice(0, at + 1);
  }
  return undefined;
}

const ADDRESS = /^[("]?(?:\d+\.){3}\d+(?:\/\d+)?(?::\d+)?[),;:."]*$/;
const SPAN = /(?:\b\d+(?:\.\d+)?(?:ms|s|m|h|d)\b ?)+/g;
/** A guide names the usual folder, a test its own. */
const FOLDERS = /(?<=^|\s)\/\S*\//g;
const MAC = /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g;

/** Times, counts and process ids are others on every run; addresses are not. Columns are as wide as their widest cell. */
export function withoutFigures(line: string): string {
  return line
    .replace(MAC, 'MAC')
    .replace(SPAN, 'T ')
    .replace(FOLDERS, '')
    .replace(/\b(packet|time)s?\b/g, '$1s')
    .trim()
    .split(/\s+/)
    .map(word => (ADDRESS.test(word) ? word : word.replace(/\d+(?:\.\d+)?/g, 'N')))
    .join(' ');
}

/** The files that a guide shows, by name: `<!-- file NAME -->` before a block. */
export function shownFiles(markdown: string): ReadonlyMap<string, string> {
  const blocks = markdown.matchAll(/<!-- file (\S+) -->\n```\w*\n([\s\S]*?)```/g);
  return new Map([...blocks].map(([, name = '', text = '']) => [name, text]));
}
