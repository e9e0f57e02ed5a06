/**
 * What stands between a fresh clone and a running command: compiler, packages, build. Plain JavaScript without dependencies,
 * for nothing is installed yet when it starts. Each step is skipped when its result is there already.
 *
 *     node test/bootstrap.mjs test|demo|sim|bench|fuzz [arguments for that command]
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasCommand, installPackages, whyNotInstallable } from './support/apt.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = join(ROOT, 'node_modules', '.locum-stamp');
const OLDEST_NODE = [20, 19];

const COMMANDS = {
  test: 'dist/test/run.js',
  demo: 'dist/test/demo/main.js',
  sim: 'dist/test/sim/main.js',
  bench: 'dist/test/bench/main.js',
  fuzz: 'dist/test/fuzz/main.js',
};

/** Command → Debian package: node-gyp needs them to compile raw-socket. */
const TOOLCHAIN = { python3: 'python3', make: 'make', 'g++': 'g++' };

class SetUpError extends Error {}

function step(label, work) {
  const began = process.hrtime.bigint();
  process.stdout.write(`· ${label} … `);
  let outcome = 'failed';
  try {
    outcome = work() ?? 'done';
  } finally {
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    process.stdout.write(`${outcome} (${seconds.toFixed(1)} s)\n`);
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SetUpError(
    `Node ${process.versions.node} is too old: install Node ${OLDEST_NODE.join('.')} or later.`,
  );
}

function installToolchain() {
  const missing = Object.keys(TOOLCHAIN).filter(command => !hasCommand(command));
  if (missing.length === 0) return;
  const packages = missing.map(command => TOOLCHAIN[command]);
  const obstacle = whyNotInstallable();
  if (obstacle !== undefined) {
    throw new SetUpError(
      `Compiling raw-socket needs ${missing.join(', ')}; ${obstacle}. Install: ${packages.join(' ')}.`,
    );
  }
  step(`compiler toolchain: apt-get install ${packages.join(' ')}`, () => {
    const problem = installPackages(packages);
    if (problem !== undefined) throw new SetUpError(problem);
  });
}

/** What the installed packages depend on: the lock file, and the binary interface that native modules were compiled for. */
function wantedStamp() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'));
  const { modules } = process.versions;
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch} ${modules}\n`;
}

/** Node's own headers, when they came with it, so that compiling downloads none. */
function headerFolder() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {};
}

function installDependencies() {
  const wanted = wantedStamp();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  installToolchain();
  step('npm packages: npm ci', () => {
    run(npm(), ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      env: { ...headerFolder(), ...process.env },
      advice:
        'npm ci failed; its messages are above. Check that the npm registry can be reached, then run the command again.',
    });
    writeFileSync(STAMP, wanted);
  });
}

function build() {
  step('build: tsc', () => {
    const compile = [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '--pretty', 'false'];
    const advice = 'The sources do not compile; the errors are above.';
    run([process.execPath], compile, { advice });
    run([process.execPath], [...compile, '-p', join(ROOT, 'src', 'page', 'client')], { advice });
  });
  step('build: the page', () => {
    run([process.execPath], [join(ROOT, 'src', 'page', 'bundle.mjs')], {
      advice: "The page's script cannot be made; the errors are above.",
    });
  });
}

/** npm that started us, else the one on the path. */
function npm() {
  const path = process.env.npm_execpath;
  return path?.endsWith('.js') ? [process.execPath, path] : ['npm'];
}

/** Runs quietly; shows the output only when the command fails. */
function run([command, ...first], args, { advice, env = process.env }) {
  const child = spawnSync(command, [...first, ...args], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (child.status === 0) return;
  process.stdout.write(`\n${child.error?.message ?? ''}${child.stdout ?? ''}${child.stderr ?? ''}`);
  throw new SetUpError(advice);
}

async function main([command, ...args]) {
  const entry = COMMANDS[command];
  if (entry === undefined)
    throw new SetUpError(`Usage: bootstrap.mjs ${Object.keys(COMMANDS).join('|')} [arguments]`);
  checkNode();
  installDependencies();
  build();
  const path = join(ROOT, entry);
  if (!existsSync(path)) throw new SetUpError(`${entry} is missing after the build.`);
  process.setSourceMapsEnabled(true);
  // In this process, not in a child: signals and the exit code need no forwarding.
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
