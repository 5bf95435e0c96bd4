import { request as sendRequest, type Agent, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { systemClock } from '@app/kernel';
import { createEdgeApp, Gate } from './edge-app.js';
import { eventually } from './eventually.js';
import { upstreamConfig } from './fake-sibling.js';
import { newSigningKey, publicPem, sign, userClaims } from './token-issuer.js';

export const THING_ID = '0190a000-0000-7000-8000-00000000000a';
const key = newSigningKey('ES256');

export interface Received {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly code: unknown;
}

interface Sending {
  readonly method?: string;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
}

/** The real edge, listening, in front of small controllers, with a slow route that waits for the gate. */
export class EdgeUnderTest {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly gate: Gate,
    readonly port: number,
    private readonly token: string,
  ) {}

  static async start(placesMax: number): Promise<EdgeUnderTest> {
    const config = upstreamConfig('http://127.0.0.1:9', {
      AUTH_PUBLIC_KEY: publicPem(key),
      SERVICE_PUBLIC_KEY: publicPem(key),
      AUTH_SERVICE_URL: '',
      REQUESTS_IN_FLIGHT_MAX: String(placesMax),
    });
    const gate = new Gate();
    const app = await createEdgeApp(config, { gate });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const port = Number(new URL(await app.getUrl()).port);
    return new EdgeUnderTest(app, gate, port, await sign(key, userClaims(systemClock.now())));
  }

  async stop(): Promise<void> {
    this.gate.release();
    this.app.getHttpServer().closeAllConnections();
    await this.app.close();
  }

  send(path: string, options: Sending = {}): Promise<Received> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.token}`, 'idempotency-key': THING_ID };
      const request = sendRequest(
        { port: this.port, host: '127.0.0.1', path, headers, ...options },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => {
            const { code } = JSON.parse(text) as { code?: unknown };
            resolve({ status: response.statusCode ?? 0, headers: response.headers, code });
          });
        },
      );
      request.on('error', reject);
      request.end();
    });
  }

  /** A connection of its own, to be written to byte for byte. */
  wire(): Wire {
    return new Wire(this.port);
  }

  /** A GET as it goes over a wire. */
  getting(path: string): string {
    return `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${this.token}\r\n\r\n`;
  }

  /** The head of a POST, as it goes over a wire. */
  posting(body: string, requestId = 'any'): string {
    const lines = [
      'POST /api/v1/things HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${this.token}`,
      `Idempotency-Key: ${THING_ID}`,
      `X-Request-Id: ${requestId}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    return `${lines.join('\r\n')}\r\n\r\n`;
  }
}

/** A connection as a client sees it. */
export class Wire {
  private text = '';
  /** What broke the connection; undefined when it ended cleanly. */
  error: Error | undefined;
  readonly closed: Promise<unknown>;
  private readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk;
    });
    this.socket.on('error', (error) => {
      this.error = error;
    });
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
  }

  write(...parts: readonly string[]): void {
    for (const part of parts) this.socket.write(part);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Waits for so many answers. */
  async answers(count: number): Promise<readonly string[]> {
    const read = (): readonly string[] => this.text.split(/(?=HTTP\/1\.1 \d)/).filter((part) => part !== '');
    await eventually(`${count} answers`, () => read().length >= count).catch((cause: unknown) => {
      throw new Error(`There came ${JSON.stringify(this.text)} instead of ${count} answers.`, { cause });
    });
    return read();
  }
}
