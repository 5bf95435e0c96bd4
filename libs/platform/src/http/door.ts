import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { AppError } from '@app/kernel';
import type { Metrics } from '../observability/metrics.js';
import type { Admission } from './admission.js';
import { isKeptServed } from './endpoint.js';
import type { Lifecycle } from './lifecycle.js';
import { noteNewest } from './newest-request.js';
import { problemAnswer } from './problem.js';
import { assignRequestId, requestPath } from './request-context.js';
import type { RouteTable } from './route-table.js';
import { STANDING_HEADERS } from './standing-headers.js';

/** The answer with marks where those of each request stand, so that it is made once and not thousands of times. */
const [INSTANCE, REQUEST_ID] = ['@instance', '@request-id'];
const REFUSAL = problemAnswer(new AppError('OVERLOADED'), { requestId: REQUEST_ID, instance: INSTANCE });
const [HEAD = '', MIDDLE = '', TAIL = ''] = REFUSAL.body.split(new RegExp(`"${INSTANCE}"|"${REQUEST_ID}"`));
const HEADERS = { ...REFUSAL.headers, ...STANDING_HEADERS, 'Cache-Control': 'no-store' };
const REPORT_EVERY_MS = 1_000;
const NO_ROUTE = 'none';

interface TurnedAway {
  readonly method: string;
  readonly route: string;
  count: number;
}

export interface DoorParts {
  readonly routes: RouteTable;
  readonly lifecycle: Lifecycle;
  readonly admission: Admission;
  readonly metrics: Metrics | undefined;
}

/**
 * Turns ordinary requests away before the framework makes anything of them: at several times the load that can be
 * served, what a refusal costs decides how many are served. So they leave no line and no measurement each: once a
 * second they are counted by route, and one line tells how many they were.
 */
export class Door {
  private readonly logger = new Logger('Overload');
  private readonly turnedAway = new Map<string, TurnedAway>();

  constructor(private readonly parts: DoorParts) {}

  /** Must be called once, before the server listens. */
  standBefore(server: Server): void {
    const inside = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.turnsAway(request, response)) return;
      for (const listener of inside) Reflect.apply(listener, server, [request, response]);
    });
  }

  private turnsAway(request: IncomingMessage, response: ServerResponse): boolean {
    const { routes, lifecycle, admission } = this.parts;
    if (lifecycle.isDraining || admission.hasOrdinaryPlace()) return false;
    const { method = '', url = '' } = request;
    const path = requestPath({ url });
    const route = routes.find(method, path);
    if (route === undefined ? !isPlain(url) : isKeptServed(route.policy)) return false;
    noteNewest(request);
    this.refuse(request, response, path);
    this.note(method, route?.path);
    return true;
  }

  private refuse(request: IncomingMessage, response: ServerResponse, path: string): void {
    const requestId = assignRequestId(request);
    const body = `${HEAD}${JSON.stringify(path)}${MIDDLE}${JSON.stringify(requestId)}${TAIL}`;
    response.writeHead(REFUSAL.status, {
      ...HEADERS,
      'X-Request-Id': requestId,
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  /** Counts a request that was refused because there was no place for it, here or inside. */
  note(method: string, pattern: string | undefined): void {
    const [verb, route] = pattern === undefined ? [NO_ROUTE, NO_ROUTE] : [method, pattern];
    if (this.turnedAway.size === 0) {
      setTimeout(() => {
        this.report();
      }, REPORT_EVERY_MS).unref();
    }
    const name = `${verb} ${route}`;
    const known = this.turnedAway.get(name);
    if (known === undefined) this.turnedAway.set(name, { method: verb, route, count: 1 });
    else known.count += 1;
  }

  private report(): void {
    let turnedAway = 0;
    for (const { method, route, count } of this.turnedAway.values()) {
      turnedAway += count;
      this.parts.metrics?.increase('http_requests_turned_away_total', count, { method, route });
    }
    this.turnedAway.clear();
    this.logger.warn(
      { turnedAway, inFlight: this.parts.admission.inFlight },
      'Requests were turned away: OVERLOADED',
    );
  }
}

/** The router also knows addresses in absolute form, and reads what is percent-encoded. */
function isPlain(url: string): boolean {
  return url.startsWith('/') && !url.includes('%');
}
