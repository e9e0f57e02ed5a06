/** The reading of the proxy in a process that ends with it: the client's library takes some 15 MB, which stay where it was loaded. */

import type { Logger } from '../../lib/logger.ts';
import type { AskedEngine, ProxyReading } from '../proxy-reading.ts';
import { Aside } from './aside.ts';

/** What goes wrong there is told by the call. */
const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Rejects with an OperatingError when the process ends. */
export async function readProxyAside({ host, labelPrefix }: AskedEngine): Promise<ProxyReading> {
  const aside = new Aside(SILENT);
  try {
    return await aside.call('proxy', { host, labelPrefix });
  } finally {
    await aside.close();
  }
}
