/** The page over HTTP on the loopback interface, with statuses that a test plays on its `/live`. */

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Status } from '../../src/control/status.ts';
import { pageHtml, pagePolicy } from '../../src/page/page.ts';

export interface PageServer {
  readonly url: string;
  /** Sends a status to every page, and again each second as a node does. */
  play(status: Status): void;
  /** Says nothing any more, and keeps the connections. */
  fallSilent(): void;
  /** Pages that listen. */
  listeners(): number;
  close(): Promise<void>;
}

/** @param peerPages of other servers, which the policy lets the page connect to. */
export async function servePage(peerPages: readonly string[] = []): Promise<PageServer> {
  const streams = new Set<ServerResponse>();
  let last: Status | undefined;
  const send = (stream: ServerResponse): void => {
    if (last !== undefined) stream.write(`data: ${JSON.stringify({ ...last, peerPages })}\n\n`);
  };
  const server = createServer((request, response) => {
    if (request.url === '/') {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': pagePolicy(peerPages),
      });
      response.end(pageHtml());
      return;
    }
    if (request.url !== '/live') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' });
    response.flushHeaders();
    streams.add(response);
    response.on('close', () => streams.delete(response));
    send(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sendAll = (): void => {
    for (const stream of streams) send(stream);
  };
  let pulse = setInterval(sendAll, 1_000);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(status) {
      last = status;
      sendAll();
      clearInterval(pulse);
      pulse = setInterval(sendAll, 1_000);
    },
    fallSilent() {
      clearInterval(pulse);
      last = undefined;
    },
    listeners: () => streams.size,
    async close() {
      clearInterval(pulse);
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
