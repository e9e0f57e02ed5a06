/** From the settings of a tracker, under the names of the file, to what its probe is made from. */

import type { TrackerCommon, TrackerConfig, TrackerTarget } from './config.ts';
import type { Settings } from './schema.ts';

type TrackerSettings = Settings['track'][string];

export function toTrackerConfig(settings: TrackerSettings): TrackerConfig {
  const { weight, reverse, interval, timeout, rise, fall } = settings;
  const common: TrackerCommon = { weight, reverse, interval, timeout, rise, fall };
  return { ...common, ...toTarget(settings) };
}

function toTarget(settings: TrackerSettings): TrackerTarget {
  const { type } = settings;
  switch (type) {
    case 'process':
      return { type, name: settings.name, quorum: settings.quorum };
    case 'docker':
      return { type, container: settings.container, failOn: settings['fail-on'] };
    case 'http':
      return {
        type,
        url: settings.url,
        connect: settings.connect,
        method: settings.method,
        status: settings.status,
        contains: settings.contains,
        headers: settings.headers ?? {},
        tls: { verify: settings['tls-verify'], ca: settings['tls-ca'], name: settings['tls-name'] },
      };
    case 'tcp':
      return { type, address: settings.address };
    case 'exec':
      return { type, command: settings.command };
    case 'interface':
      return { type, interface: settings.interface };
    case 'file':
      return { type, path: settings.path };
    case 'ping':
      return { type, address: settings.address, count: settings.count, replies: settings.replies };
    case 'nginx':
      return {
        type,
        url: settings.url,
        connect: settings.connect,
        maxConnections: settings['max-connections'],
      };
    case 'upstreams':
      return {
        type,
        upstream: settings.upstream,
        minServers: settings['min-servers'],
        minSharePercent: settings['min-share'],
      };
  }
}
