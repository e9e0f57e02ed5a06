/** The documents that users read, taken apart: fenced blocks with their language and line, and pieces of code within the text. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

export interface Piece {
  /** Such as `README.md:120`. */
  readonly at: string;
  /** The language of a fenced block; `inline` for a piece within the text. */
  readonly kind: string;
  readonly text: string;
}

/** The folders whose documents are for users, and single ones among the sources. */
const FOLDERS = ['.', 'compose', 'compose/monitoring', 'nginx', 'docker'];
const SINGLE = ['src/keepalived/README.md', 'src/explain/README.md', 'src/app/config/REFERENCE.md'];
/** It tells of the past. */
const LEFT_OUT = ['CHANGELOG.md'];

export function documents(): readonly string[] {
  const inFolders = FOLDERS.flatMap(folder =>
    readdirSync(join(ROOT, folder))
      .filter(name => name.endsWith('.md') && !LEFT_OUT.includes(name))
      .map(name => (folder === '.' ? name : `${folder}/${name}`)),
  );
  return [...inFolders, ...SINGLE];
}

const FENCE = /^(\s*)```(\w*)\s*$/;

/** Everything in a document that is code. */
export function piecesOf(path: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let block:
    | { readonly kind: string; readonly line: number; readonly indent: string; text: string }
    | undefined;
  let prose = '';
  readFileSync(join(ROOT, path), 'utf8')
    .split('\n')
    .forEach((line, at) => {
      const fence = FENCE.exec(line);
      if (fence !== null && block !== undefined) {
        pieces.push({ at: `${path}:${block.line}`, kind: block.kind, text: block.text });
        block = undefined;
      } else if (fence !== null)
        block = { kind: fence[2] ?? '', line: at + 2, indent: fence[1] ?? '', text: '' };
      else if (block !== undefined)
        block.text += `${line.startsWith(block.indent) ? line.slice(block.indent.length) : line}\n`;
      else prose += `${line}\n`;
    });
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, text = '']) => ({
    at: path,
    kind: 'inline',
    text: text.replaceAll('\n', ' '),
  }));
  return [...pieces, ...inline];
}

/** The commands of a shell script: one each, words without quotes, comments and redirections left out. */
export function commandsOf(script: string): readonly (readonly string[])[] {
  return script
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap(line => splitLine(line))
    .filter(words => words.length > 0);
}

const TOKEN = /\s*(?:(#.*$)|(&&|\|\||[|;])|((?:[^\s"'|;&#]|(?<=\S)#|"[^"]*"|'[^']*'|&(?!&))+))/gy;

function splitLine(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const [, comment, separator, word] of line.trim().matchAll(TOKEN)) {
    if (comment !== undefined) break;
    if (separator !== undefined) commands.push([]);
    else if (word !== undefined) commands.at(-1)?.push(word.replaceAll(/["']/g, ''));
  }
  return commands.map(withoutRedirections);
}

function withoutRedirections(words: readonly string[]): string[] {
  const at = words.findIndex(word => /^\d*[<>]/.test(word));
  return at === -1 ? [...words] : words.slice(0, at);
}
