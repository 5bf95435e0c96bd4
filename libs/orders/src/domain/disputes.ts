/** What payment-service told about disputes of an order's payments, one fact a message. */
export interface DisputeFact {
  readonly kind: 'opened' | 'closed';
  /** null where payment-service names no dispute; then openings and closings are counted against each other. */
  readonly disputeId: string | null;
}

/**
 * Whether money of the order is disputed now. Only the set of facts counts, not the order they came in: a closing that
 * overtakes its opening closes it all the same.
 */
export function isDisputed(facts: readonly DisputeFact[]): boolean {
  const closed = new Set(facts.filter(({ kind }) => kind === 'closed').map(({ disputeId }) => disputeId));
  const isNamedOneOpen = facts.some(
    ({ kind, disputeId }) => kind === 'opened' && disputeId !== null && !closed.has(disputeId),
  );
  const count = (kind: DisputeFact['kind']): number =>
    facts.filter((fact) => fact.kind === kind && fact.disputeId === null).length;
  return isNamedOneOpen || count('opened') > count('closed');
}
