/** From the settings of a hook, under the names of the file, to what its deliveries are made from. */

import { NO_RETRY } from '../../notify/retry.ts';
import type { HookCommon, HookConfig } from './config.ts';
import type { Settings } from './schema.ts';

type HookSettings = NonNullable<Settings['notify']>[string];

export function toHookConfig(settings: HookSettings): HookConfig {
  const { timeout, states, routers, 'per-minute': perMinute } = settings;
  const common: HookCommon = { timeout, states, routers, perMinute };
  switch (settings.type) {
    case 'exec': {
      const { type, command, arguments: wanted } = settings;
      return { ...common, type, command, arguments: wanted, retry: NO_RETRY };
    }
    case 'webhook': {
      const { type, url, attempts } = settings;
      return {
        ...common,
        type,
        url,
        secretFile: settings['secret-file'],
        tlsCa: settings['tls-ca'],
        retry: { attempts, within: settings['retry-for'] },
      };
    }
  }
}
