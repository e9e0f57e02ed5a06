/**
 * What `/metrics` says before it is text: families of samples, as the Prometheus exposition format (version 0.0.4) has them, and how
 * they are read from a snapshot. Labels hold names, addresses and fixed words, never free text: as many series as there are things.
 */

export type Labels = Readonly<Record<string, string>>;

/** Its fields are named as prom-client reads them. */
export interface Sample {
  readonly labels: Labels;
  /** What all samples of one thing have in common: the same object in all of them, so that it becomes text once. */
  readonly sharedLabels: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  /** One line. */
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  /** Made when asked for: a snapshot of 255 virtual routers has more than ten thousand. */
  samples(): Sample[];
}

/** A truth is 1 or 0; null is no sample. */
export type Value = number | boolean | null;

/** One value, or one for each set of further labels. */
export type Reading = Value | readonly (readonly [labels: Labels, value: Value])[];

/** One family, as what is read of each thing. */
export interface Metric<T> {
  readonly name: string;
  readonly help: string;
  readonly type: Family['type'];
  readonly read: (thing: T) => Reading;
}

type Define<T> = (name: string, help: string, read: (thing: T) => Reading) => Metric<T>;

/** Both kinds of metrics of one kind of thing. The name of a counter ends in `_total`. */
export function metricsOf<T>(): { readonly gauge: Define<T>; readonly counter: Define<T> } {
  return {
    gauge: (name, help, read) => ({ name, help, type: 'gauge', read }),
    counter: (name, help, read) => ({ name, help, type: 'counter', read }),
  };
}

/** Which of a few words holds: one series for each, of which one is 1. */
export function oneOf<T extends string>(label: string, words: readonly T[]): (actual: T) => Reading {
  const labelled = words.map(word => ({ word, labels: { [label]: word } }));
  return actual => labelled.map(({ word, labels }) => [labels, word === actual]);
}

/** A number for each name of a record, such as the reasons of discards. */
export function each(label: string, counts: Readonly<Record<string, number>>): Reading {
  return Object.entries(counts).map(([name, count]) => [{ [label]: name }, count]);
}

/** For what there is one of. */
export const UNLABELLED: Labels = {};

/** The families of things of one kind; null where a thing is not there. */
export function familiesOf<T>(
  metrics: readonly Metric<T>[],
  things: readonly (T | null)[],
  labelsOf: (thing: T) => Labels,
): Family[] {
  const labelled = things.flatMap(thing => (thing === null ? [] : [{ thing, labels: labelsOf(thing) }]));
  return metrics.map(({ name, help, type, read }) => ({
    name,
    help,
    type,
    samples: () => {
      const samples: Sample[] = [];
      for (const { thing, labels } of labelled) addSamples(samples, read(thing), labels);
      return samples;
    },
  }));
}

function addSamples(samples: Sample[], reading: Reading, sharedLabels: Labels): void {
  const add = (labels: Labels, value: Value): void => {
    const number = Number(value);
    if (value !== null && Number.isFinite(number)) samples.push({ labels, sharedLabels, value: number });
  };
  for (const [labels, value] of isList(reading) ? reading : [[UNLABELLED, reading] as const])
    add(labels, value);
}

const isList = (reading: Reading): reading is Exclude<Reading, Value> => Array.isArray(reading);

/** Seconds are the base unit of time. */
export const seconds = (milliseconds: number): number => Math.round(milliseconds * 1_000) / 1_000_000;
