/** Locum as a host without containers has it: `npm pack`, unpacked, with the locked packages that running needs. */

import { chmod, copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './docker-command.ts';
import { BUILD, ROOT } from './paths.ts';

const INSTALL_TIMEOUT_MS = 240_000;
/** What `npm pack` takes beside the built program (package.json, files). */
const PACKED = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'];

export interface InstalledLocum {
  /** The program, to be run by its first line. */
  readonly program: string;
  /** The paths in the package. */
  readonly files: readonly string[];
  remove(): Promise<void>;
}

/** Does what compose/README.md says, in a folder that every user may read. */
export async function installLocum(): Promise<InstalledLocum> {
  const folder = await mkdtemp(join(tmpdir(), 'locum-installed-'));
  try {
    await chmod(folder, 0o755);
    const clone = join(folder, 'clone');
    const target = join(folder, 'opt');
    await mkdir(join(clone, 'dist'), { recursive: true });
    await mkdir(target);
    for (const file of PACKED) await copyFile(join(ROOT, file), join(clone, file));
    await cp(join(BUILD, 'src'), join(clone, 'dist', 'src'), { recursive: true });
    const packed = await run('npm', [
      'pack',
      '--json',
      '--prefix',
      clone,
      '--pack-destination',
      folder,
      clone,
    ]);
    const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    await run('tar', ['-xzf', join(folder, filename), '-C', target, '--strip-components=1']);
    await copyFile(join(ROOT, 'package-lock.json'), join(target, 'package-lock.json'));
    const options = ['--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'];
    await run('npm', ['ci', '--prefix', target, ...options], { timeoutMs: INSTALL_TIMEOUT_MS });
    const program = join(target, 'dist', 'src', 'main.js');
    await chmod(program, 0o755);
    return {
      program,
      files: files.map(({ path }) => path),
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  }
}
