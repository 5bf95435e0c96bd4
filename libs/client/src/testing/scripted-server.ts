import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Reply = (response: ServerResponse, heard: Heard) => void;

/** A real HTTP server that gives the replies it was told, one a request, and remembers what it heard. */
export class ScriptedServer {
  readonly heard: Heard[] = [];
  private replies: Reply[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ScriptedServer> {
    const server = createServer();
    const scripted = new ScriptedServer(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const heard = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
        scripted.heard.push(heard);
        const reply = scripted.replies.shift() ?? json(500, { code: 'NOT_SCRIPTED' });
        reply(response, heard);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next requests are answered so. */
  script(...replies: readonly Reply[]): void {
    this.replies = [...replies];
    this.heard.length = 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers });
    response.end(body);
  };
}

/** A problem document as the service writes it; `retryAfter` makes it retryable. */
export function problem(
  status: number,
  code: string,
  more: { readonly retryAfter?: string; readonly date?: string; readonly [member: string]: unknown } = {},
): Reply {
  const { retryAfter, date, ...members } = more;
  const body = {
    type: `urn:order-service:problem:${code}`,
    title: 'Title',
    status,
    detail: 'What is true.',
    instance: '/x',
    code,
    requestId: 'request-1',
    retryable: retryAfter !== undefined,
    ...members,
  };
  return json(status, body, {
    'content-type': 'application/problem+json; charset=utf-8',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    ...(date === undefined ? {} : { date }),
  });
}

/** The connection ends without a word. */
export function cutOff(): Reply {
  return (response) => response.destroy();
}

/** Half an answer, and the connection ends. */
export function halfAnswer(): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"id":');
    setImmediate(() => response.destroy());
  };
}

/** Nothing ever comes; `arrived` is told of the request. */
export function silence(arrived: () => void = () => undefined): Reply {
  return () => arrived();
}
