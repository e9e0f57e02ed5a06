/**
 * One HTTP request (RFC 9110) on a connection of its own, for the probes that ask a web server and for webhooks. No redirects, no keep-alive:
 * each shows what a new client would get. The body is read to a bound. Errors never repeat the URL or a header, which may hold a secret.
 */

import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';

/** Bytes of a body that are read before the connection is cut. */
export const BODY_LIMIT = 65_536;

export interface HttpRequest {
  /** http or https. */
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Where to connect instead of the URL's host and port. */
  readonly connect:
    | { readonly host: string; readonly port: number }
    | { readonly socket: string }
    | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent; undefined: nothing. */
  readonly content?: string;
  readonly tls: TlsOptions;
}

export interface TlsOptions {
  /** Whether the certificate must be valid and the server's own. */
  readonly verify: boolean;
  /** A PEM file, read at each request, so that it may be replaced; undefined: the built-in authorities. */
  readonly ca: string | undefined;
  /** The name asked for (SNI, RFC 6066 §3) and verified; undefined: the URL's host. */
  readonly name: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Up to {@link BODY_LIMIT} bytes. */
  readonly body: Buffer;
}

/** The answer, once its body has ended or reached the bound. Rejects when there is none, also at the abort. */
export async function fetchOnce(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const response = await send(request, signal);
  return { status: response.statusCode ?? 0, body: await readBody(response) };
}

/** The status alone; of the body nothing is waited for. Rejects when there is no answer, also at the abort. */
export async function fetchStatus(request: HttpRequest, signal: AbortSignal): Promise<number> {
  const response = await send(request, signal);
  response.on('error', () => undefined).destroy();
  return response.statusCode ?? 0;
}

/** Resolves with the answer's head. */
async function send(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const options = {
    ...placeOf(url, request.connect),
    ...(secure ? await tlsOptions(url, request.tls) : {}),
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: {
      host: url.host,
      'user-agent': 'locum',
      accept: '*/*',
      ...request.headers,
      connection: 'close',
    },
    agent: false,
    signal,
  };
  return new Promise<IncomingMessage>((resolve, reject) => {
    const begin = secure ? requestHttps : requestHttp;
    begin(options, resolve).on('error', reject).end(request.content);
  });
}

function placeOf(url: URL, connect: HttpRequest['connect']) {
  if (connect !== undefined) return 'socket' in connect ? { socketPath: connect.socket } : connect;
  return { host: hostOf(url), port: url.port };
}

/** Without the brackets of an IPv6 address. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

async function tlsOptions(url: URL, { verify, ca, name }: TlsOptions) {
  const expected = name ?? hostOf(url);
  return {
    rejectUnauthorized: verify,
    // SNI names hosts only; the certificate is held against the address all the same.
    servername: isIP(expected) === 0 ? expected : '',
    checkServerIdentity: (_connectedTo: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(expected, certificate),
    ...(ca === undefined ? {} : { ca: await readFile(ca) }),
  };
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > BODY_LIMIT) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_LIMIT);
}
