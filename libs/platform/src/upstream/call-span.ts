import { continueTrace } from '../http/trace-context.js';
import { activeTraceparent, fail, type Span, type SpanFacts } from '../tracing/spans.js';
import type { OperationRow } from './operations.js';
import { reasonOf, type Exchange, type Outcome } from './outcome.js';

export function callSpan(row: OperationRow, parent: string | undefined): SpanFacts {
  return {
    name: `${row.upstream} ${row.operation}`,
    kind: 'client',
    attributes: {
      'http.request.method': row.method,
      'service.peer.name': row.upstream,
      'app.operation': row.operation,
    },
    parent,
  };
}

/** A refusal is an answer like another; only what nobody knows has failed. */
export function noteOutcome(
  span: Span,
  exchange: Exchange,
  outcome: Outcome<unknown, string, unknown>,
): void {
  if (exchange.kind === 'answered') span.setAttribute('http.response.status_code', exchange.status);
  const { reason } = reasonOf(outcome);
  span.setAttributes({
    'app.outcome': outcome.kind,
    ...(reason === undefined ? {} : { 'app.reason': reason }),
  });
  if (outcome.kind === 'unknown' || outcome.kind === 'not-sent') fail(span, outcome.kind);
}

/** Every call carries one: that of its span, of whoever it is made for, or a new one. */
export function outgoingTraceparent(given: string | undefined): string {
  return activeTraceparent() ?? given ?? continueTrace(undefined);
}
