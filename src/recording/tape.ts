/**
 * The lines between the core and the disk: bounded, in sections that can each be read alone. When the disk does not keep up, or refuses,
 * what does not fit is dropped and counted, and a new section says how much. It touches no disk; recording-file.ts does.
 */

import { encodeLine, type Header, type Line } from './line.ts';

export interface TapeLimits {
  /** A file that has grown to it is followed by a new one. */
  readonly fileBytes: number;
  /** That may wait for the disk. */
  readonly waitingBytes: number;
}

/** What is to be written next, of one file. */
export interface Batch {
  /** It begins a new file. */
  readonly startsFile: boolean;
  readonly text: string;
  readonly lines: number;
}

/** Lines that wait, of one file. */
interface Stretch {
  readonly startsFile: boolean;
  readonly texts: string[];
}

export class Tape {
  readonly #limits: TapeLimits;
  readonly #header: (lost: number) => Header;
  #stretches: Stretch[] = [];
  #waitingBytes = 0;
  /** Of the file being written, with what waits for it. */
  #fileBytes: number;
  #section = 0;
  /** The next line begins a section. */
  #broken = true;
  /** Lost since the last header. */
  #lostLately = 0;
  #lost = 0;

  /** `fileBytes`: what the file holds already. */
  constructor(limits: TapeLimits, header: (lost: number) => Header, fileBytes: number) {
    this.#limits = limits;
    this.#header = header;
    this.#fileBytes = fileBytes;
  }

  /** Lines that were dropped, since the beginning. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Asks for room for lines that belong together. The number of the section that they will be in: what other sections say counts no
   * more. Undefined: there is no room, which is counted.
   */
  open(): number | undefined {
    if (this.#waitingBytes >= this.#limits.waitingBytes) {
      this.#count(1);
      this.#broken = true;
      return undefined;
    }
    const startsFile = this.#fileBytes >= this.#limits.fileBytes;
    if (startsFile || this.#broken) this.#begin(startsFile);
    return this.#section;
  }

  /** After {@link open}. */
  write(line: Line): void {
    this.#put(encodeLine(line));
  }

  /** What waits, at most of one file; undefined when nothing does. */
  take(): Batch | undefined {
    const first = this.#stretches.shift();
    if (first === undefined) return undefined;
    const text = first.texts.join('');
    this.#waitingBytes -= text.length;
    return { startsFile: first.startsFile, text, lines: first.texts.length };
  }

  /** A batch could not be written; `fileBytes`: what the file holds now. What waits counts no more either: it leans on what is lost. */
  lose({ lines }: Pick<Batch, 'lines'>, fileBytes: number): void {
    const waiting = this.#stretches.reduce((sum, { texts }) => sum + texts.length, 0);
    this.#count(lines + waiting);
    this.#stretches = [];
    this.#waitingBytes = 0;
    this.#fileBytes = fileBytes;
    this.#broken = true;
  }

  #count(lines: number): void {
    this.#lost += lines;
    this.#lostLately += lines;
  }

  #begin(startsFile: boolean): void {
    this.#section++;
    this.#broken = false;
    if (startsFile) this.#fileBytes = 0;
    if (startsFile || this.#stretches.length === 0) this.#stretches.push({ startsFile, texts: [] });
    this.#put(encodeLine(this.#header(this.#lostLately)));
    this.#lostLately = 0;
  }

  #put(text: string): void {
    if (this.#stretches.length === 0) this.#stretches.push({ startsFile: false, texts: [] });
    this.#stretches.at(-1)?.texts.push(text);
    this.#waitingBytes += text.length;
    this.#fileBytes += text.length;
  }
}
