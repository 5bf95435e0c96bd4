import { setTimeout as sleep } from 'node:timers/promises';
import type { BodyOf, ItemOf, ListPath, Method, PartsOf, PathOf } from './api-types.js';
import { sendOnce, type HttpRequest } from './attempt.js';
import { KEYED_ROUTES } from './generated/api.js';
import { OrderServiceProblem, OrderServiceUnreachable, type Answer } from './problem.js';
import { pauseBeforeNext, type RetryRules } from './retry.js';
import { pathAndQuery, type RequestParts } from './route.js';

/** One try of a call, as `onAttempt` is told of it. */
export interface Attempt {
  readonly method: Method;
  /** `/api/v1/orders/{orderId}` */
  readonly route: string;
  /** With its query. */
  readonly path: string;
  /** The Idempotency-Key it was sent with. */
  readonly key: string | undefined;
  /** 1 for the first try. */
  readonly attempt: number;
  /** undefined when none came. */
  readonly answer: Answer | undefined;
}

export interface ClientOptions extends Partial<RetryRules> {
  /** `https://orders.example.com`, also with a path in front of ours. */
  readonly baseUrl: string;
  /** Asked before every try when it is a function, so that a fresh one can be given. */
  readonly token: string | (() => string | Promise<string>);
  /** For service tokens that name no tenant. */
  readonly tenantId?: string;
  /** How long one try may take. */
  readonly timeoutMs?: number;
  readonly onAttempt?: (attempt: Attempt) => void;
  readonly fetch?: typeof fetch;
  /** For tests: 0 to 1. */
  readonly random?: () => number;
  /** For tests. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export interface CallOptions {
  /** A key of the caller's, for calls that must survive the death of this process; otherwise every call gets a new one. */
  readonly idempotencyKey?: string;
  /** The `version` the order is expected to have: sent as If-Match, refused with VERSION_MISMATCH. */
  readonly ifVersion?: number;
  readonly signal?: AbortSignal;
  /** Such as X-Request-Id or traceparent. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly attemptsMax?: number;
}

type OptionsOf<M extends Method, P extends PathOf<M>> = PartsOf<M, P> & CallOptions;
/** May be left out where nothing in it is required. */
type Given<Options> = Partial<Options> extends Options ? [options?: Options] : [options: Options];

const ATTEMPTS_MAX = 5;
const RETRY_AFTER_MAX_MS = 30_000;
const TIMEOUT_MS = 30_000;

/**
 * Typed calls of order-service. What changes something is sent with an Idempotency-Key, the same one in every try of a
 * call; a try is repeated when the answer says `retryable`, and when none came.
 * @throws OrderServiceProblem, OrderServiceUnreachable, or the reason of an aborted signal
 */
export class OrderServiceClient {
  private readonly baseUrl: string;
  private readonly rules: RetryRules;

  constructor(private readonly options: ClientOptions) {
    this.baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.rules = {
      attemptsMax: options.attemptsMax ?? ATTEMPTS_MAX,
      retryAfterMaxMs: options.retryAfterMaxMs ?? RETRY_AFTER_MAX_MS,
    };
  }

  async get<P extends PathOf<'GET'>>(
    route: P,
    ...given: Given<OptionsOf<'GET', P>>
  ): Promise<BodyOf<'GET', P>> {
    return (await this.call('GET', route, ...given)).body;
  }

  async post<P extends PathOf<'POST'>>(
    route: P,
    ...given: Given<OptionsOf<'POST', P>>
  ): Promise<BodyOf<'POST', P>> {
    return (await this.call('POST', route, ...given)).body;
  }

  /** With status and headers, for who needs to tell 200 from 202 or a replay from a first answer. */
  async call<M extends Method, P extends PathOf<M>>(
    method: M,
    route: P,
    ...[options]: Given<OptionsOf<M, P>>
  ): Promise<Answer<BodyOf<M, P>>> {
    const answer = await this.insist(method, route, options ?? {});
    return answer as Answer<BodyOf<M, P>>;
  }

  /** Every item of a list, page after page; `query.limit` is the size of a page. */
  async *each<P extends ListPath>(
    route: P,
    ...[options]: Given<OptionsOf<'GET', P>>
  ): AsyncGenerator<ItemOf<P>, void, undefined> {
    for await (const page of this.pages(route, options ?? {})) yield* page as readonly ItemOf<P>[];
  }

  private async *pages(
    route: string,
    options: RequestParts & CallOptions,
  ): AsyncGenerator<readonly unknown[], void, undefined> {
    let query = options.query ?? {};
    for (;;) {
      const { body } = await this.insist('GET', route, { ...options, query });
      const { data, page } = body as ListBody;
      yield data;
      const next = page.nextCursor ?? page.nextAfter;
      if (!page.hasMore || next == null) return;
      query = { ...query, [page.nextCursor == null ? 'after' : 'cursor']: next };
    }
  }

  private async insist(method: Method, route: string, options: RequestParts & CallOptions): Promise<Answer> {
    const key = KEYED_ROUTES.has(`${method} ${route}`)
      ? (options.idempotencyKey ?? crypto.randomUUID())
      : undefined;
    const path = pathAndQuery(route, options);
    const rules = { ...this.rules, attemptsMax: options.attemptsMax ?? this.rules.attemptsMax };
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.attempt({ method, route, path, key, attempt }, options);
      if (!(outcome instanceof Error)) return outcome;
      const random = (this.options.random ?? Math.random)();
      const pauseMs = pauseBeforeNext(outcome, attempt, { rules, random });
      if (pauseMs === undefined) throw outcome;
      await (this.options.wait ?? waited)(pauseMs, options.signal);
    }
  }

  /** @throws only the reason of the caller's own signal */
  private async attempt(
    about: Omit<Attempt, 'answer'>,
    options: RequestParts & CallOptions,
  ): Promise<Answer | OrderServiceProblem | OrderServiceUnreachable> {
    const { signal } = options;
    const request = await this.requestFor(about, options);
    let answer: Answer;
    try {
      answer = await sendOnce(request, {
        fetch: this.options.fetch ?? fetch,
        timeoutMs: this.options.timeoutMs ?? TIMEOUT_MS,
        signal,
      });
    } catch (error) {
      this.options.onAttempt?.({ ...about, answer: undefined });
      signal?.throwIfAborted();
      return new OrderServiceUnreachable(`${about.method} ${about.route}`, error);
    }
    this.options.onAttempt?.({ ...about, answer });
    const isGood = answer.status >= 200 && answer.status < 300 && answer.body !== undefined;
    return isGood ? answer : new OrderServiceProblem(`${about.method} ${about.route}`, answer);
  }

  private async requestFor(
    { method, path, key }: Omit<Attempt, 'answer'>,
    { body, ifVersion, headers }: RequestParts & CallOptions,
  ): Promise<HttpRequest> {
    const { token, tenantId } = this.options;
    return {
      method,
      url: `${this.baseUrl}${path}`,
      headers: {
        accept: 'application/json, application/problem+json',
        authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
        ...(tenantId === undefined ? {} : { 'x-tenant-id': tenantId }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(ifVersion === undefined ? {} : { 'if-match': `"v${ifVersion}"` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    };
  }
}

interface ListBody {
  readonly data: readonly unknown[];
  readonly page: {
    readonly hasMore: boolean;
    readonly nextCursor?: string | null;
    /** Where the feed goes on. */
    readonly nextAfter?: string | null;
  };
}

async function waited(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
}
