import { connect, type Socket } from 'node:net';
import type { LoadRequest } from './closed-load.js';

/** A buyer is gone after this long. */
const TIMEOUT_MS = 10_000;
const SWEEP_EVERY_MS = 250;
const END_OF_HEADERS = '\r\n\r\n';
const STATUS = /^HTTP\/1\.1 (\d{3})/;
const LENGTH = /\r\ncontent-length: (\d+)/i;
const RETRY_AFTER = /\r\nretry-after: (\d+)/i;
const CLOSES = /\r\nconnection: close/i;
const CODE = /"code":"([A-Z_]+)"/;

/** What the tally needs of an answer. */
export interface RawAnswer {
  readonly status: number;
  /** The problem code of a refusal. */
  readonly code: string | undefined;
  readonly retryAfterSeconds: number | undefined;
}

export type Unanswered = 'timeout' | 'connection';
type Listener = (answer: RawAnswer | Unanswered) => void;

/**
 * HTTP/1.1 to one process, and no more of it than the load test needs: requests that are written whole, answers with a
 * Content-Length. An HTTP client spends more than twice as much on a request as the service does on refusing it, on the
 * same cores. The connection that was used last is used next: a search through all would cost more than the request.
 */
export class RawConnections {
  private readonly host: string;
  private readonly port: number;
  private readonly opened = new Set<RawConnection>();
  private readonly free: RawConnection[] = [];
  private readonly waiting: (readonly [string, number, Listener])[] = [];
  private readonly sweep: NodeJS.Timeout;
  private underWay = 0;
  private idle: (() => void) | undefined;

  constructor(
    url: string,
    private readonly max: number,
  ) {
    const { hostname, port } = new URL(url);
    this.host = hostname;
    this.port = Number(port);
    this.sweep = setInterval(() => {
      this.giveUpOverdue();
    }, SWEEP_EVERY_MS);
  }

  /**
   * Opens all of them, as a load balancer holds them open. Node accepts one connection in a turn of its event loop
   * (libuv 1.46 and later), so that a crowd that connects at once waits in the kernel, where nobody can refuse it.
   */
  async warmUp(): Promise<void> {
    const request = { method: 'GET', path: '/health/live', headers: {} } as const;
    await Promise.all(
      Array.from({ length: this.max }, () => new Promise<unknown>((resolve) => this.send(request, resolve))),
    );
  }

  send(request: LoadRequest, listener: Listener): void {
    this.underWay += 1;
    const counted: Listener = (answer) => {
      listener(answer);
      this.underWay -= 1;
      if (this.underWay === 0) this.idle?.();
    };
    const text = wireText(request, `${this.host}:${this.port}`);
    const deadlineMs = performance.now() + TIMEOUT_MS;
    const connection = this.free.pop() ?? this.open();
    if (connection === undefined) this.waiting.push([text, deadlineMs, counted]);
    else connection.ask(text, deadlineMs, counted);
  }

  /** Resolves once every request has its answer, or none within its time. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.underWay === 0) resolve();
      else this.idle = resolve;
    });
  }

  destroy(): void {
    clearInterval(this.sweep);
    this.waiting.length = 0;
    for (const connection of this.opened) connection.close();
  }

  private open(): RawConnection | undefined {
    if (this.opened.size >= this.max) return undefined;
    const connection = new RawConnection(connect(this.port, this.host), {
      onFree: () => {
        const next = this.waiting.shift();
        if (next === undefined) this.free.push(connection);
        else connection.ask(...next);
      },
      onClosed: () => {
        this.opened.delete(connection);
        const index = this.free.indexOf(connection);
        if (index >= 0) this.free.splice(index, 1);
        const next = this.waiting.shift();
        if (next !== undefined) this.open()?.ask(...next);
      },
    });
    this.opened.add(connection);
    return connection;
  }

  private giveUpOverdue(): void {
    const nowMs = performance.now();
    for (const connection of this.opened) if (connection.deadlineMs < nowMs) connection.close('timeout');
    while ((this.waiting[0]?.[1] ?? Infinity) < nowMs) this.waiting.shift()?.[2]('timeout');
  }
}

/** One request at a time. */
class RawConnection {
  /** Of the request under way. */
  deadlineMs = Infinity;
  private listener: Listener | undefined;
  private received = '';

  constructor(
    private readonly socket: Socket,
    private readonly pool: { readonly onFree: () => void; readonly onClosed: () => void },
  ) {
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.read(text);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.end('connection');
      pool.onClosed();
    });
  }

  ask(text: string, deadlineMs: number, listener: Listener): void {
    this.deadlineMs = deadlineMs;
    this.listener = listener;
    this.socket.write(text, 'latin1');
  }

  close(why: Unanswered = 'connection'): void {
    this.end(why);
    this.socket.destroy();
  }

  private read(text: string): void {
    this.received += text;
    const headersEnd = this.received.indexOf(END_OF_HEADERS);
    if (headersEnd < 0) return;
    const headers = this.received.slice(0, headersEnd);
    const bodyStart = headersEnd + END_OF_HEADERS.length;
    const end = bodyStart + Number(LENGTH.exec(headers)?.[1] ?? 0);
    if (this.received.length < end) return;
    const status = Number(STATUS.exec(headers)?.[1] ?? 0);
    const body = this.received.slice(bodyStart, end);
    this.received = '';
    this.end({
      status,
      code: status < 300 ? undefined : (CODE.exec(body)?.[1] ?? `HTTP_${status}`),
      retryAfterSeconds: numberIn(RETRY_AFTER, headers),
    });
    if (CLOSES.test(headers)) this.socket.destroy();
    else this.pool.onFree();
  }

  private end(answer: RawAnswer | Unanswered): void {
    const { listener } = this;
    this.listener = undefined;
    this.deadlineMs = Infinity;
    listener?.(answer);
  }
}

function numberIn(pattern: RegExp, headers: string): number | undefined {
  const digits = pattern.exec(headers)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function wireText({ method, path, headers, body = '' }: LoadRequest, host: string): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push(`content-length: ${Buffer.byteLength(body)}`, '', Buffer.from(body, 'utf8').toString('latin1'));
  return lines.join('\r\n');
}
