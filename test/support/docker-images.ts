/**
 * The images of the compose files, made once and kept, by what docker/README.md shows to be typed: docker/offline-base makes the base images, compose
 * those of Locum and of keepalived, on an engine that reaches the package registries. What comes out is one archive, named by the hash of all that
 * went in; sealed engines load it.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './docker-command.ts';
import { CACHE } from './docker-compose-plugin.ts';
import { withLock } from './docker-lock.ts';
import { piecesOf } from './documents.ts';
import { Engine } from './engine.ts';
import { Namespace } from './namespace.ts';
import { ROOT } from './paths.ts';

const BASE_SCRIPT = join(ROOT, 'docker', 'offline-base', 'build.sh');
const BUILD_TIMEOUT_MS = 600_000;
const KEPT_ARCHIVES = 3;
/** What the images are built from: .dockerignore lets nothing else into the sidecar's. */
const INGREDIENTS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  '.dockerignore',
  'docker/Dockerfile',
  'compose/with-keepalived/Dockerfile',
];

/** For the compose files: the images that the archive holds. */
export const IMAGES = {
  SIDECAR_IMAGE: 'locum:test',
  NGINX_IMAGE: 'locum-base/nginx:bookworm',
  KEEPALIVED_IMAGE: 'locum-keepalived:test',
} as const;

/** Loads the images into an engine; builds them first where they are not in the cache. */
export async function loadImages(engine: Engine, say: (line: string) => void = () => {}): Promise<void> {
  const archive = await imageArchive(say);
  await engine.docker(['load', '--quiet', '--input', archive], { timeoutMs: BUILD_TIMEOUT_MS });
}

let made: Promise<string> | undefined;

/** The archive's path, the same for the life of this process. Tests that run at once wait for the first one's build. */
export function imageArchive(say: (line: string) => void = () => {}): Promise<string> {
  made ??= makeArchive(say);
  return made;
}

function makeArchive(say: (line: string) => void): Promise<string> {
  return withLock(join(CACHE, 'images.lock'), async () => {
    const archive = join(CACHE, `images-${await key()}.tar`);
    if (!existsSync(archive)) await build(archive, say);
    return archive;
  });
}

async function key(): Promise<string> {
  const hash = createHash('sha256').update(await run(BASE_SCRIPT, ['--key']));
  for (const path of INGREDIENTS.flatMap(ingredient => filesIn(ingredient)))
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

function filesIn(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path))
    .sort()
    .flatMap(name => filesIn(join(path, name)));
}

async function build(archive: string, say: (line: string) => void): Promise<void> {
  const engine = await Engine.start(await Namespace.create(), { network: 'machine' });
  const fresh = `${archive}.new`;
  try {
    const options = { env: { ...engine.env, ...IMAGES }, timeoutMs: BUILD_TIMEOUT_MS };
    say('base images and those of Locum and of keepalived, as docker/README.md makes them');
    await run('sh', ['-euc', `cd '${ROOT}'\n${typed()}`], options);
    await engine.docker(['save', '--output', fresh, ...Object.values(IMAGES)], options);
    renameSync(fresh, archive);
    removeOld();
  } finally {
    rmSync(fresh, { force: true });
    await engine.close();
  }
}

/** The scripts of docker/README.md, both ways to the image one after the other; what is built is not brought up. */
function typed(): string {
  const [byHand = '', withoutRegistry = ''] = piecesOf('docker/README.md')
    .filter(({ kind }) => kind === 'sh')
    .map(({ text }) => text);
  const built = 'docker compose -f compose/pair.yaml -f compose/with-keepalived.yaml build';
  const withArguments = 'docker build --network host --build-arg NODE_BUILD_IMAGE --build-arg NODE_IMAGE ';
  return [
    replaced(withoutRegistry, 'docker compose -f compose/pair.yaml up --build', built),
    replaced(byHand, 'docker build ', withArguments),
  ].join('');
}

function replaced(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), `docker/README.md does not show: ${from}`);
  return text.replace(from, to);
}

/** Each change of a source makes a new archive; the newest few stay, for tests of several clones that run at once. */
function removeOld(): void {
  const archives = readdirSync(CACHE)
    .filter(name => /^images-[0-9a-f]+\.tar$/.test(name))
    .map(name => join(CACHE, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const archive of archives.slice(KEPT_ARCHIVES)) rmSync(archive, { force: true });
}
