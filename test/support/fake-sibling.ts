import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, type Clock } from '@app/kernel';
import {
  ServiceTokens,
  UpstreamClient,
  loadConfig,
  type Config,
  type UpstreamObserver,
  type UpstreamOptions,
} from '@app/platform';

const SIGNING_KEY = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export type Answering = (request: ReceivedRequest, response: ServerResponse) => void;

/** A sibling on loopback whose answers a test scripts; it keeps every request it got. */
export class FakeSibling {
  readonly received: ReceivedRequest[] = [];
  private answering: Answering = (_request, response) => response.writeHead(404).end();

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<FakeSibling> {
    const server = createServer();
    const sibling = new FakeSibling(server);
    server.on('request', (request, response) => {
      void sibling.serve(request, response);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return sibling;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  answers(answering: Answering): void {
    this.answering = answering;
  }

  answersJson(status: number, body: unknown): void {
    this.answers((_request, response) => {
      sendJson(response, status, body);
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      text: Buffer.concat(chunks).toString('utf8'),
    };
    this.received.push(received);
    this.answering(received, response);
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

/** A configuration whose three siblings are at `url`. */
export function upstreamConfig(url: string, environment: Readonly<Record<string, string>> = {}): Config {
  return loadConfig({
    DATABASE_URL: 'postgres://unused',
    APP_SECRETS: `test:${Buffer.alloc(32).toString('base64')}`,
    AUTH_SERVICE_URL: url,
    EVENT_SERVICE_URL: url,
    TICKET_SERVICE_URL: url,
    PAYMENT_SERVICE_URL: url,
    SERVICE_SIGNING_KEY: SIGNING_KEY,
    ...environment,
  });
}

export interface ClientParts {
  readonly clock?: Clock;
  readonly observer?: UpstreamObserver;
  readonly options?: UpstreamOptions;
}

export function newUpstreamClient(config: Config, parts: ClientParts = {}): UpstreamClient {
  const clock = parts.clock ?? systemClock;
  return new UpstreamClient(config, clock, new ServiceTokens(config, clock), parts.observer, parts.options);
}

/** A clock that stands still until it is told otherwise. */
export class StandingClock implements Clock {
  private elapsedMs = 0;

  now(): Date {
    return new Date(Date.UTC(2030, 0, 1) + this.elapsedMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  advance(ms: number): void {
    this.elapsedMs += ms;
  }
}
