/**
 * Makes the page's script of `client/` and its style into single files beside the compiled sources: part of the build. Plain JavaScript: it
 * runs before or without the compiler.
 *
 *     node src/page/bundle.mjs [build folder, as tsc's --outDir; dist]
 */

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));
const outDir = resolve(ROOT, process.argv[2] ?? 'dist');

await build({
  entryPoints: { page: join(HERE, 'client', 'main.tsx'), style: join(HERE, 'style.css') },
  outdir: join(outDir, 'src', 'page', 'assets'),
  tsconfig: join(HERE, 'client', 'tsconfig.json'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome110', 'firefox115', 'safari16.4'],
  charset: 'utf8',
  legalComments: 'inline',
  banner: { js: '/*! with Preact, (c) 2015-present Jason Miller, MIT license */' },
  logLevel: 'warning',
});
