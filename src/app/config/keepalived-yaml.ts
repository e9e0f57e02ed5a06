/** What keepalived.conf was translated to, as the YAML file that says the same, with a comment above what needs one. */

import { Document, isMap, isScalar, visit, type YAMLMap } from 'yaml';
import type { Comment, Path, Setting, Translation } from '../../keepalived/settings/sheet.ts';

/** `opening` stands above all, a paragraph each; what is to be said of nothing that is set follows it. */
export function keepalivedYaml({ settings, comments }: Translation, opening: readonly string[]): string {
  const document = new Document(treeOf(settings));
  const texts = textsByPath(comments);
  for (const { path } of settings) {
    const key = keyOf(path);
    writeComment(document, path, texts.get(key));
    texts.delete(key);
  }
  document.commentBefore = asComment([...opening, ...texts.values()].join('\n\n'));
  visit(document, {
    Seq: (_key, list) => {
      list.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

type Tree = Map<string, unknown>;

function treeOf(settings: readonly Setting[]): Tree {
  const tree: Tree = new Map();
  for (const { path, value } of settings) {
    let group = tree;
    for (const name of value === undefined ? path : path.slice(0, -1)) {
      const inner = group.get(name) ?? new Map();
      group.set(name, inner);
      group = inner as Tree;
    }
    const name = path.at(-1);
    if (value !== undefined && value !== '' && name !== undefined) group.set(name, value);
  }
  return tree;
}

const keyOf = (path: Path): string => JSON.stringify(path);

function textsByPath(comments: readonly Comment[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { path, text } of comments) {
    const before = texts.get(keyOf(path));
    texts.set(keyOf(path), before === undefined ? text : `${before}\n${text}`);
  }
  return texts;
}

function writeComment(document: Document, path: Path, text: string | undefined): void {
  const group = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (text === undefined || !isMap(group)) return;
  const pair = (group as YAMLMap).items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  if (isScalar(pair?.key)) pair.key.commentBefore = asComment(text);
}

const WIDTH = 110;

/** Lines that a comment may have, whatever a file says in it; a long one becomes several, further in. */
function asComment(text: string): string {
  const printable = text.split('\n').map(line => line.replace(/[\p{Cc}\u2028\u2029]/gu, '?'));
  return printable.map(line => wrapped(` ${line}`)).join('\n');
}

function wrapped(line: string): string {
  const lines = [''];
  for (const word of line.split(/(?<=\S) /)) {
    const last = lines.length - 1;
    const longer = lines[last] === '' ? word : `${lines[last]} ${word}`;
    if (longer.length <= WIDTH || lines[last] === '') lines[last] = longer;
    else lines.push(`   ${word}`);
  }
  return lines.join('\n').trimEnd();
}
