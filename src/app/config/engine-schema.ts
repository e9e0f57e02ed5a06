/** The part of the schema that is about engines of other hosts, whose containers are backends here by the ports that they publish. */

import { z } from 'zod';
import { parseIpAddress } from '../../lib/ip-address.ts';
import { seconds } from '../../lib/time.ts';
import { duration, type Fault, spellableName, text } from './leaf.ts';
import { evenIfIncomplete } from './rules.ts';
import { ipAddress } from './tracker-leaves.ts';

/** Where an engine listens. */
const HOST =
  /^(?:unix:\/\/\/\S{1,100}|tcp:\/\/[\w.-]+:\d{1,5}|ssh:\/\/[a-z_][\w-]{0,31}@[\w.-]+(?::\d{1,5})?)$/;

const file = (description: string) =>
  text(/^\/[^\0\n]{1,4094}$/, 'an absolute path', { description }).optional();

interface EngineDraft {
  readonly host?: string | undefined;
  readonly address?: string | undefined;
  readonly 'tls-ca'?: string | undefined;
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
  readonly 'ssh-key'?: string | undefined;
  readonly 'ssh-fingerprint'?: string | undefined;
}

const shape = {
  host: text(HOST, 'tcp://HOST:PORT, ssh://USER@HOST or unix:///PATH', {
    description: 'Where the engine of another host listens: tcp:// with tls-…, or ssh:// with ssh-….',
  }),
  address: ipAddress({
    description: 'The address at which that host publishes ports; left out: the one in host.',
  }).optional(),
  keep: duration(
    { description: 'How long its last known servers stay in use while it does not answer.', default: '10m' },
    seconds(86_400),
  ),
  'tls-ca': file('PEM file of the authority that signed its certificate; with it, tcp:// is TLS.'),
  'tls-cert': file('PEM file of the certificate that Locum shows.'),
  'tls-key': file('PEM file of the key of that certificate.'),
  'ssh-key': file(
    'Private key file, without a passphrase, of a user who may run `docker system dial-stdio`.',
  ),
  'ssh-fingerprint': text(
    /^SHA256:[A-Za-z0-9+/]{43}$/,
    'SHA256: and 43 characters, as ssh-keygen -l shows it',
    {
      description: "The fingerprint of the host's key: no other host is believed.",
    },
  ).optional(),
};

export const engines = z
  .record(
    spellableName,
    z
      .strictObject(shape)
      .superRefine((draft: unknown, context) => checkEngine(draft as EngineDraft, context), evenIfIncomplete),
  )
  .meta({
    description:
      'Engines of other hosts by name: their labelled containers are backends by the ports that they publish.',
  })
  .optional();

/** The settings of one engine, for the defaults layer. */
export const engineShape = shape;

/** The address at which the engine's host publishes ports; undefined when that must be said. */
export function addressIn(host: string): ReturnType<typeof parseIpAddress> {
  return parseIpAddress(/^(?:tcp|ssh):\/\/(?:[^@]*@)?([^:]+)/.exec(host)?.[1] ?? '');
}

function checkEngine(engine: EngineDraft, context: Pick<z.core.$RefinementCtx, 'addIssue'>): void {
  const report = (name: string, fault: Fault): void =>
    context.addIssue({ code: 'custom', path: [name], message: fault.what, params: { fix: fault.fix } });
  const { host } = engine;
  if (host === undefined) return;
  if (engine.address === undefined && addressIn(host) === undefined)
    report('address', {
      what: 'is missing, and host names no IPv4 address',
      fix: 'say where that host publishes ports',
    });
  if (host.startsWith('ssh://')) {
    for (const name of ['ssh-key', 'ssh-fingerprint'] as const)
      if (engine[name] === undefined) report(name, { what: 'is missing', fix: 'ssh:// needs it' });
  }
  if ((engine['tls-cert'] === undefined) !== (engine['tls-key'] === undefined))
    report(engine['tls-cert'] === undefined ? 'tls-cert' : 'tls-key', {
      what: 'is missing',
      fix: 'a certificate and its key go together',
    });
  if (host.startsWith('tcp://') && engine['tls-ca'] === undefined && engine['tls-cert'] !== undefined)
    report('tls-ca', { what: 'is missing', fix: 'name the authority, or nobody knows who answers' });
}
