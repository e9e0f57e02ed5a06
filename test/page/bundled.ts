/** The page's parts for tests: its components as a module of Node, and the assets that the build makes. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Feed } from '../../src/page/view/node.ts';
import { BUILD, ROOT } from '../support/paths.ts';

/** Draws the page of these feeds as HTML text. */
export type RenderPage = (feeds: readonly Feed[], now: number) => string;

const ENTRY = `
  import { h } from 'preact';
  import { renderToString } from 'preact-render-to-string';
  import { App } from './app.tsx';
  export const renderPage = (feeds, now) => renderToString(h(App, { feeds, now }));
`;

/** The components are TSX for browsers, apart from the other sources: bundled here as the build does it. */
export async function loadPage(): Promise<RenderPage> {
  const client = join(ROOT, 'src', 'page', 'client');
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: client, loader: 'js' },
    tsconfig: join(client, 'tsconfig.json'),
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild made nothing');
  const module: unknown = await import(
    `data:text/javascript;base64,${Buffer.from(output.contents).toString('base64')}`
  );
  return (module as { renderPage: RenderPage }).renderPage;
}

/** A build folder made by the compiler alone has no assets yet. */
export function ensureAssets(): void {
  if (existsSync(join(BUILD, 'src', 'page', 'assets', 'page.js'))) return;
  const child = spawnSync(process.execPath, [join(ROOT, 'src', 'page', 'bundle.mjs'), BUILD], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`bundle.mjs failed: ${child.stderr}`);
}
