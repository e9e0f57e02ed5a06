/**
 * How much is read and told of labels: they are others' to write, all of them are read at each rendering, and what is told of them stands in
 * every status. Pure.
 */

/** Of one container: Locum's labels, by name, that are about an upstream or unknown; and the upstreams in its list. */
export const MOST_LABELS = 256;
/** Of one container. */
export const MOST_WARNINGS = 64;
/** Of all containers together. */
export const MOST_WARNINGS_IN_ALL = 256;
/** In the reason why a container is left out. */
export const MOST_PROBLEMS = 8;

/** The first of them; the rest as a number. */
export function bounded(texts: readonly string[], most: number): readonly string[] {
  return texts.length <= most ? texts : [...texts.slice(0, most), `and ${texts.length - most} more`];
}

/** A value of a label as it may stand in a message: bounded, quoted, on one line. */
export const clip = (value: string): string =>
  JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);

/** A name, as long as it is one that needs no quotes. */
export const shown = (name: string): string => (/^[\w.-]{1,60}$/.test(name) ? name : clip(name));
