/** Where a program without a path is looked up: by Locum when it runs a command, and by its checks before. Pure. */

/** In the order of the PATH that commands get. */
export const PROGRAM_FOLDERS: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];
