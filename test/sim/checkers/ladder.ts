/** A packet is believed exactly when the simulator's own reading of the RFCs believes it, and says the same. */

import { toNumber } from '../packets.ts';
import type { SimEvent } from '../trace.ts';
import { Checker } from './checker.ts';

export class Ladder extends Checker {
  readonly name = 'ladder';
  readonly kinds = ['heard'] as const;

  observe(event: SimEvent): void {
    if (event.kind !== 'heard' || event.received === undefined) return;
    const { node, advert, received } = event;
    if (received.kind === 'discard') {
      if (advert !== undefined)
        this.fail(node, `drops a good packet: ${received.reason}, ${received.detail}`);
      return;
    }
    const { advertisement, source } = received;
    if (advert === undefined)
      this.fail(node, `believes a bad packet of ${source}: ${JSON.stringify(advertisement)}`);
    const isSame =
      advert.source === toNumber(source) &&
      advert.priority === advertisement.priority &&
      advert.intervalUs === advertisement.interval &&
      advert.addresses.length === advertisement.addresses.length &&
      advert.addresses.every((address, i) => address === toNumber(advertisement.addresses[i] ?? source));
    if (!isSame)
      this.fail(node, `reads ${JSON.stringify(advertisement)} where ${JSON.stringify(advert)} is written`);
  }
}
