import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const THINK_MAX_MS = 700;
const SENT_AHEAD = 3;

export interface Shop {
  readonly url: string;
  readonly token: string;
  /** A create as every client sends it. */
  readonly body: string;
}

/** What all clients of one kind saw. */
export interface Experience {
  /** Ids of orders that were acknowledged. */
  readonly acknowledged: string[];
  /** Codes of answers that refused. */
  readonly refused: string[];
  /** Connections that broke while an answer was due. */
  readonly broken: string[];
}

export type ClientKind = (shop: Shop, seen: Experience, isOver: () => boolean) => Promise<void>;

interface Answered {
  readonly status: number;
  readonly isLast: boolean;
  readonly text: string;
}

/** Everybody who can be connected when the process is told to end. */
export const CLIENT_KINDS = {
  'keeps its connection busy': (shop, seen, isOver) => overAgent(shop, seen, { isOver, isKept: true }),
  'keeps its connection and thinks in between': (shop, seen, isOver) =>
    overAgent(shop, seen, { isOver, isKept: true, thinkMaxMs: THINK_MAX_MS }),
  'connects for every request': (shop, seen, isOver) => overAgent(shop, seen, { isOver, isKept: false }),
  'sends its bodies slowly': (shop, seen, isOver) => overWire(shop, seen, isOver, slowly),
  'sends requests ahead': (shop, seen, isOver) => overWire(shop, seen, isOver, ahead),
} as const satisfies Record<string, ClientKind>;

function note(seen: Experience, { status, text }: Answered): void {
  const answer = JSON.parse(text) as { readonly id: string; readonly code: string };
  if (status === 201) seen.acknowledged.push(answer.id);
  else seen.refused.push(`${status} ${answer.code}`);
}

function headersOf(shop: Shop): Record<string, string> {
  return {
    authorization: `Bearer ${shop.token}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(shop.body)),
    'idempotency-key': randomUUID(),
  };
}

async function overAgent(
  shop: Shop,
  seen: Experience,
  how: { readonly isOver: () => boolean; readonly isKept: boolean; readonly thinkMaxMs?: number },
): Promise<void> {
  const agent = new Agent({ keepAlive: how.isKept, maxSockets: 1 });
  try {
    while (!how.isOver()) {
      const answer = await createOver(agent, shop);
      note(seen, answer);
      if (answer.status !== 201) return;
      if (how.thinkMaxMs !== undefined) await pause(Math.random() * how.thinkMaxMs);
    }
  } catch (error) {
    // A closed port is no lost answer: nothing was sent.
    const reason = error instanceof Error ? error.message : String(error);
    if (!reason.includes('ECONNREFUSED')) seen.broken.push(reason);
  } finally {
    agent.destroy();
  }
}

async function createOver(agent: Agent, shop: Shop): Promise<Answered> {
  const request = httpRequest(`${shop.url}/api/v1/orders`, {
    method: 'POST',
    agent,
    headers: headersOf(shop),
  });
  request.end(shop.body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    isLast: response.headers.connection === 'close',
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

/** Sends one or more requests. @returns how many answers are due */
type Sender = (socket: Socket, shop: Shop) => Promise<number>;

async function slowly(socket: Socket, shop: Shop): Promise<number> {
  socket.write(headOf(shop));
  const portion = Math.ceil(shop.body.length / 4);
  for (let start = 0; start < shop.body.length; start += portion) {
    await pause(Math.random() * 50);
    socket.write(shop.body.slice(start, start + portion));
  }
  return 1;
}

function ahead(socket: Socket, shop: Shop): Promise<number> {
  for (let count = 0; count < SENT_AHEAD; count += 1) socket.write(`${headOf(shop)}${shop.body}`);
  return Promise.resolve(SENT_AHEAD);
}

function headOf(shop: Shop): string {
  const lines = Object.entries(headersOf(shop)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /api/v1/orders HTTP/1.1\r\nhost: shop\r\n${lines.join('')}\r\n`;
}

async function overWire(shop: Shop, seen: Experience, isOver: () => boolean, send: Sender): Promise<void> {
  const wire = new AnswerReader(new URL(shop.url));
  while (!isOver()) {
    // An end between two rounds of requests is a clean one.
    if (wire.hasEnded) break;
    const due = await send(wire.socket, shop);
    for (let count = 0; count < due; count += 1) {
      const answer = await wire.next();
      if (answer === undefined) {
        // After an answer that says so, the connection may end with requests unanswered: they were sent too late.
        if (!wire.wasToldLast) seen.broken.push(`no answer ${count + 1} of ${due}: ${wire.reason}`);
        return;
      }
      note(seen, answer);
    }
    if (wire.wasToldLast) break;
  }
  wire.socket.destroy();
}

/** Reads answers with a Content-Length off a connection, one after the other. */
class AnswerReader {
  readonly socket: Socket;
  wasToldLast = false;
  hasEnded = false;
  reason = 'the connection ended';
  private text = '';
  private notice: () => void = () => undefined;

  constructor(url: URL) {
    this.socket = connect(Number(url.port), url.hostname);
    this.socket.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk;
      this.notice();
    });
    this.socket.on('error', (error) => {
      this.reason = error.message;
    });
    this.socket.on('close', () => {
      this.hasEnded = true;
      this.notice();
    });
  }

  /** undefined when the connection ended before. */
  async next(): Promise<Answered | undefined> {
    for (;;) {
      const answer = this.take();
      if (answer !== undefined || this.hasEnded) return answer;
      await new Promise<void>((resolve) => {
        this.notice = resolve;
      });
    }
  }

  private take(): Answered | undefined {
    const headEnd = this.text.indexOf('\r\n\r\n');
    if (headEnd === -1) return undefined;
    const head = this.text.slice(0, headEnd);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    const whole = Buffer.from(this.text.slice(headEnd + 4));
    if (whole.byteLength < length) return undefined;
    this.text = whole.subarray(length).toString('utf8');
    const isLast = /^connection: close/im.test(head);
    this.wasToldLast ||= isLast;
    return { status: Number(head.slice(9, 12)), isLast, text: whole.subarray(0, length).toString('utf8') };
  }
}
