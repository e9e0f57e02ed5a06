/** `locum decode`: a capture or lines of hexadecimal digits in, one JSON object a packet out; or what is on the wire now (live.ts). */

import { open } from 'node:fs/promises';
import { formatProblems, hasErrors } from '../../app/config/problems.ts';
import { messageOf } from '../../lib/errors.ts';
import { gather } from '../configuration.ts';
import { type Dependencies, EXIT, type ExitCode, type Io } from '../io.ts';
import { explainFrame, type Judge, judgesOf } from './explain-packet.ts';
import { readHexLines } from './hex.ts';
import { guessLinkType, isKnownLinkType } from './link-layer.ts';
import { decodeLive, type LiveOptions } from './live.ts';
import { type Frame, looksLikeCapture, readCapture } from './pcap.ts';

export interface DecodeOptions extends LiveOptions {
  readonly config?: string;
  readonly router?: string;
  /** The interface; true: not named. */
  readonly live?: string | true;
}

/** Larger captures are better cut first: `editcap -F pcap -c`. */
const LARGEST_INPUT_BYTES = 268_435_456;

export async function decode(
  file: string | undefined,
  options: DecodeOptions,
  io: Io,
  dependencies: Dependencies,
): Promise<ExitCode> {
  const judges = await readJudges(options, io, dependencies);
  if (judges === undefined) return EXIT.refused;
  if (options.live !== undefined) {
    if (file !== undefined) return refuse(io, `--live listens, and ${file} is a file: give one of the two`);
    return decodeLive(options.live === true ? undefined : options.live, judges, options, io, dependencies);
  }
  if (options.json === true || options.count !== undefined)
    return refuse(io, '--json and --count are for --live: a capture is always explained as JSON, and whole');
  let input: Uint8Array;
  try {
    input = await readInput(file, io);
  } catch (thrown) {
    return refuse(io, `${file ?? 'standard input'} cannot be read: ${messageOf(thrown)}`);
  }
  if (looksLikeCapture(input)) return decodeCapture(input, judges, io);
  return decodeHex(new TextDecoder().decode(input), judges, io);
}

/** None without --config: then packets are shown and not judged. */
async function readJudges(
  options: DecodeOptions,
  io: Io,
  dependencies: Dependencies,
): Promise<readonly Judge[] | undefined> {
  if (options.config === undefined) {
    if (options.router === undefined) return [];
    refuse(io, '--router names a virtual router of a configuration: give --config too');
    return undefined;
  }
  const { config, problems } = await gather({ file: options.config, offline: true }, io, dependencies);
  if (config === undefined || hasErrors(problems)) {
    io.stderr.write(`${formatProblems(problems)}\n`);
    return undefined;
  }
  const judges = judgesOf(config, options.router);
  if (judges === undefined)
    refuse(
      io,
      `there is no virtual router ${options.router}; there are ${Object.keys(config.vrrp).join(', ')}`,
    );
  return judges;
}

function refuse(io: Io, message: string): ExitCode {
  io.stderr.write(`error: ${message}\n`);
  return EXIT.refused;
}

async function readInput(file: string | undefined, io: Io): Promise<Uint8Array> {
  if (file === undefined || file === '-') return readBounded(io.stdin);
  const handle = await open(file, 'r');
  return readBounded(handle.createReadStream());
}

async function readBounded(stream: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    if (length > LARGEST_INPUT_BYTES)
      throw new RangeError('it is larger than 256 MiB; cut it with editcap -c');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function decodeCapture(input: Uint8Array, judges: readonly Judge[], io: Io): ExitCode {
  const capture = readCapture(input);
  if (!capture.ok) return refuse(io, capture.error);
  const { frames, broken } = capture.value;
  const strange = frames.find(({ linkType }) => !isKnownLinkType(linkType));
  if (strange !== undefined)
    return refuse(
      io,
      `link type ${strange.linkType} is not supported: only Ethernet, raw IP and Linux cooked captures`,
    );
  frames.forEach((frame, i) => {
    writeLine(io, {
      packet: i + 1,
      time: isoTime(frame.time_ns),
      ...cut(frame),
      ...explainFrame(frame, judges),
    });
  });
  return broken === undefined ? EXIT.done : refuse(io, broken);
}

function cut({ bytes, wireLength }: Frame): object {
  return bytes.length < wireLength ? { captured: bytes.length, length: wireLength } : {};
}

/** ISO 8601 with all nine digits: hand-overs are compared by them. */
function isoTime(time_ns: bigint): string {
  const whole = new Date(Number(time_ns / 1_000_000_000n) * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(time_ns % 1_000_000_000n).padStart(9, '0')}Z`;
}

function decodeHex(text: string, judges: readonly Judge[], io: Io): ExitCode {
  const lines = readHexLines(text);
  if (lines.length === 0)
    return refuse(io, 'there are no packets: give a pcap file or lines of hexadecimal digits');
  let code: ExitCode = EXIT.done;
  for (const { line, bytes } of lines) {
    if (bytes.ok)
      writeLine(io, {
        line,
        ...explainFrame({ linkType: guessLinkType(bytes.value), bytes: bytes.value }, judges),
      });
    else code = refuse(io, `line ${line}: ${bytes.error}`);
  }
  return code;
}

function writeLine(io: Io, explanation: object): void {
  io.stdout.write(`${JSON.stringify(explanation)}\n`);
}
