/**
 * A snapshot as the text of `/metrics` (Prometheus exposition format 0.0.4, by prom-client). What is measured stands in metrics/; here it
 * becomes text, in turns of the event loop that are short enough for the adverts between them.
 */

import { Counter, Gauge, Registry } from 'prom-client';
import type { Metrics } from './answers.ts';
import { compatibleFamilies } from './metrics/compatible.ts';
import type { Family, Sample } from './metrics/family.ts';
import { nodeFamilies } from './metrics/node.ts';
import { routerFamilies } from './metrics/routers.ts';
import type { Status } from './status.ts';

const CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

export interface MetricsOptions {
  /** With the names of keepalived-exporter beside Locum's own. */
  readonly compatible: boolean;
}

/** About a millisecond of work. A family stays whole: the largest of 255 virtual routers has 1,020. */
const SAMPLES_A_TURN = 512;

/** The whole; families of which there is nothing to say are left out. */
export async function renderMetrics(status: Status, { compatible }: MetricsOptions): Promise<Metrics> {
  const families = [
    ...nodeFamilies(status),
    ...routerFamilies(status.routers),
    ...(compatible ? compatibleFamilies(status) : []),
  ];
  const texts: string[] = [];
  let room = SAMPLES_A_TURN;
  for (const family of families) {
    const samples = family.samples();
    if (samples.length === 0) continue;
    if (samples.length > room) {
      await new Promise(setImmediate);
      room = SAMPLES_A_TURN;
    }
    texts.push(await format(family, samples));
    room -= samples.length;
  }
  return { contentType: CONTENT_TYPE, text: `${texts.join('\n')}\n` };
}

/**
 * The values stand already: they are handed over at the point where prom-client collects them. Setting each one by its labels would
 * have it hash and keep them first, three times the work. `sharedLabels` is how prom-client's own histograms hand theirs over; its version is
 * pinned.
 */
function format({ name, help, type }: Family, values: Sample[]): Promise<string> {
  const registry = new Registry();
  const metric = new (type === 'counter' ? Counter : Gauge)({ name, help, registers: [registry] });
  const collect = metric.get.bind(metric);
  metric.get = async () => ({ ...(await collect()), values });
  return registry.getSingleMetricAsString(name);
}
