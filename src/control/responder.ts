/**
 * From an HTTP request to its answer on the wire. What is answered stands in routes.ts; here are headers, streams and what goes wrong.
 * Nothing that comes in may reach further than this: an answer that fails is one error, for one asker.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Views } from './answers.ts';
import { Audience } from './audience.ts';
import { type Desk, JSON_LINES, type Reply, refusal, replyTo, type Whole, type Work } from './routes.ts';
import { Turns } from './turns.ts';
import { allowedOrigin, isForUs, SAFETY, type WebRules } from './web-rules.ts';

export interface ResponderOptions {
  readonly desk: Desk;
  /** Undefined where no browser comes: on a unix socket. */
  readonly web: WebRules | undefined;
  /** Answers that may stay open, of each of the two kinds. */
  readonly mostReaders: number;
  /** What is asked here, for the log: `control socket`. */
  readonly name: string;
  readonly log: Logger;
}

/** An asker that does not take its answer within this is let go of. */
const PATIENCE_MS = 10_000;
/** In a storm of events, followers get them in portions. */
const EVENTS_TOGETHER_MS = 50;

const EVENT_STREAM = 'text/event-stream';

type Headers = Readonly<Record<string, string>>;

export class Responder {
  readonly #options: ResponderOptions;
  readonly #live: Audience;
  readonly #followers: Audience;
  /** Many may wait for the same snapshot, and would be answered at once. */
  readonly #turns = new Turns();

  constructor(options: ResponderOptions) {
    const { mostReaders, desk } = options;
    this.#options = options;
    this.#live = new Audience({
      mostReaders,
      keeps: 'newest',
      togetherMs: 0,
      listen: publish => desk.views.follow(snapshot => publish(liveMessage(snapshot.json()))),
    });
    this.#followers = new Audience({
      mostReaders,
      keeps: 'all',
      togetherMs: EVENTS_TOGETHER_MS,
      listen: publish => desk.views.events.subscribe(event => publish(`${JSON.stringify(event)}\n`)),
    });
  }

  /** Readers of streams that were let go of, because they did not keep up. */
  get dropped(): number {
    return this.#live.dropped + this.#followers.dropped;
  }

  /** Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      response.on('error', () => response.destroy());
      const reply = await this.#replyTo(request);
      await this.#turns.next();
      await this.#send(reply, { request, response, headers: this.#headersFor(request) });
    } catch (thrown) {
      this.#failed(request, response, messageOf(thrown));
    }
  }

  #replyTo({ method = '', url = '', headers }: IncomingMessage): Promise<Reply> | Reply {
    const { desk, web } = this.#options;
    if (web !== undefined && !isForUs(headers.host, web))
      return refusal(421, 'ask by an address of this node, or add the URL with this name to http.peers');
    return replyTo({ method, target: url, hasBody: hasBody(headers) }, desk);
  }

  #headersFor({ headers }: IncomingMessage): Headers {
    const { web } = this.#options;
    if (web === undefined) return SAFETY;
    const origin = allowedOrigin(headers.origin, web);
    return {
      ...SAFETY,
      vary: 'origin',
      ...(origin === undefined ? {} : { 'access-control-allow-origin': origin }),
    };
  }

  async #send(reply: Reply, exchange: Exchange): Promise<void> {
    switch (reply.kind) {
      case 'whole':
        return sendWhole(reply, exchange);
      case 'live':
        return this.#open(exchange, this.#live, EVENT_STREAM, async () => {
          const snapshot = await this.#options.desk.views.snapshot();
          return () => liveMessage(snapshot.json());
        });
      case 'events':
        return this.#open(
          exchange,
          this.#followers,
          JSON_LINES,
          () => () => eventLines(this.#options.desk.views),
        );
      case 'work':
        return sendWork(reply.work, exchange);
    }
  }

  /**
   * The answer begins with its first part, and its headers with it: until then an error can still be told. `prepare` may take its time; what
   * it makes is asked for the text in the turn in which the reader is let in, so that nothing is lost in between.
   */
  async #open(
    exchange: Exchange,
    audience: Audience,
    contentType: string,
    prepare: () => Promise<() => string> | (() => string),
  ): Promise<void> {
    const { request, response, headers } = exchange;
    const begin = () => response.writeHead(200, { ...headers, 'content-type': contentType, ...CLOSE });
    if (request.method === 'HEAD') {
      begin().end();
      return;
    }
    if (audience.isFull) return sendWhole(this.#tooMany(), exchange);
    const first = await prepare();
    await this.#turns.next();
    if (response.destroyed) return;
    if (audience.isFull) return sendWhole(this.#tooMany(), exchange);
    const text = first();
    begin();
    audience.add(response, text);
  }

  #tooMany(): Whole {
    const { mostReaders, name } = this.#options;
    const text = `${mostReaders} readers follow already, and that is as many as the ${name} serves`;
    return refusal(503, text, { 'retry-after': '5' });
  }

  #failed({ url }: IncomingMessage, response: ServerResponse, error: string): void {
    const { log, name } = this.#options;
    log.error({ url, error }, `a question on the ${name} has no answer`);
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { ...SAFETY, ...CLOSE }).end(refusal(500, error).body);
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: Headers;
}

/** Each answer is the last on its connection. */
const CLOSE: Headers = { connection: 'close' };

const liveMessage = (json: string): string => `data: ${json}\n\n`;

function eventLines({ events }: Views): string {
  return events
    .recent()
    .map(event => `${JSON.stringify(event)}\n`)
    .join('');
}

function sendWhole(
  { code, contentType, body, headers: own }: Whole,
  { request, response, headers }: Exchange,
): void {
  const bytes = Buffer.from(body);
  response.setTimeout(PATIENCE_MS, () => response.destroy());
  response.writeHead(code, {
    ...headers,
    'content-type': contentType,
    'content-length': bytes.length,
    ...CLOSE,
    ...own,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** The asker may leave before the end: what it asked for goes on. */
async function sendWork(work: Work, { response, headers }: Exchange): Promise<void> {
  response.writeHead(200, { ...headers, 'content-type': JSON_LINES, ...CLOSE });
  const write = (line: object): void => {
    if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
  };
  write(await work(progress => write({ progress })));
  response.end();
}

function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
