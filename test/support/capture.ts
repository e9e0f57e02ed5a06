/** Recording a LAN with tcpdump, and reading the record with tshark: Wireshark's dissectors judge what we send. */

import { execute, type InsideProcess, type Namespace } from './namespace.ts';
import { waitFor } from './wait.ts';

export class Capture {
  readonly file: string;
  readonly #tcpdump: InsideProcess;

  private constructor(file: string, tcpdump: InsideProcess) {
    this.file = file;
    this.#tcpdump = tcpdump;
  }

  static async start(where: Namespace, link: string, file: string, filter: string): Promise<Capture> {
    // Immediate: a packet is in the file as soon as it was on the wire, not when a buffer is full or a timeout ends.
    const immediately = ['--immediate-mode', '--packet-buffered', '--relinquish-privileges=root'];
    const tcpdump = await where.spawn('tcpdump', [...immediately, '-i', link, '-w', file, filter]);
    await waitFor(() => tcpdump.output.includes('listening on') || !tcpdump.running, {
      what: 'tcpdump starts',
      deadlineMs: 10_000,
    });
    if (!tcpdump.running) throw new Error(`tcpdump: ${tcpdump.output}`);
    return new Capture(file, tcpdump);
  }

  /** Ends the recording; everything seen so far is in the file then. */
  async stop(): Promise<void> {
    this.#tcpdump.signal('SIGINT');
    await this.#tcpdump.exit;
  }
}

/**
 * The chosen fields of every packet that a display filter lets through, in order. A field that occurs more than once is joined
 * with commas.
 */
export async function dissect<Field extends string>(
  file: string,
  fields: readonly Field[],
  options: { readonly filter?: string; readonly preferences?: Readonly<Record<string, string>> } = {},
): Promise<Record<Field, string>[]> {
  const preferences = Object.entries(options.preferences ?? {}).flatMap(([name, value]) => [
    '-o',
    `${name}:${value}`,
  ]);
  const chosen = fields.flatMap(field => ['-e', field]);
  const filter = options.filter === undefined ? [] : ['-Y', options.filter];
  const args = ['-n', '-r', file, ...preferences, ...filter, '-T', 'fields', '-E', 'separator=/t', ...chosen];
  const { code, stdout, stderr } = await execute('tshark', args);
  if (code !== 0) throw new Error(`tshark: ${stderr}`);
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const values = line.split('\t');
      return Object.fromEntries(fields.map((field, i) => [field, values[i] ?? ''])) as Record<Field, string>;
    });
}
