import { ORDER_STATUSES } from './state-machine.js';
import {
  MATRIX_FINDINGS,
  PAYMENT_STATES,
  RECONCILIATION_MATRIX,
  REPAIRS,
  TICKETS_STATES,
  areTicketsPlausible,
  isPaymentPlausible,
  matrixCell,
} from './reconciliation-matrix.js';

const CELLS = ORDER_STATUSES.flatMap((status) =>
  PAYMENT_STATES.flatMap((payment) =>
    TICKETS_STATES.map((tickets) => ({
      status,
      payment,
      tickets,
      cell: matrixCell(status, payment, tickets),
    })),
  ),
);

describe('the reconciliation matrix', () => {
  it('has a cell for every combination, and no other', () => {
    expect(Object.keys(RECONCILIATION_MATRIX).sort()).toEqual([...ORDER_STATUSES].sort());
    for (const row of Object.values(RECONCILIATION_MATRIX)) {
      expect(Object.keys(row).sort()).toEqual([...PAYMENT_STATES].sort());
      for (const tickets of Object.values(row))
        expect(Object.keys(tickets).sort()).toEqual([...TICKETS_STATES].sort());
    }
    expect(CELLS.every(({ cell }) => cell === 'ok' || /^(repair|finding):/.test(cell))).toBe(true);
  });

  it('uses every repair and every finding it names', () => {
    const cells = new Set(CELLS.map(({ cell }) => cell));
    expect(REPAIRS.filter((repair) => !cells.has(`repair:${repair}`))).toEqual([]);
    expect(MATRIX_FINDINGS.filter((finding) => !cells.has(`finding:${finding}`))).toEqual([]);
  });

  it('settles money that nobody told us of in every status', () => {
    const unbooked = CELLS.filter(({ payment }) => payment === 'unbooked');
    expect(new Set(unbooked.map(({ cell }) => cell))).toEqual(new Set(['repair:settle']));
  });

  it('never calls an order right that is paid without tickets, or has tickets without being paid', () => {
    const wrong = CELLS.filter(
      ({ status, payment, tickets, cell }) =>
        cell === 'ok' &&
        ((tickets === 'issued' && payment !== 'kept' && payment !== 'free') ||
          (status === 'COMPLETED' && payment === 'kept' && !['issued', 'waived'].includes(tickets))),
    );
    expect(wrong).toEqual([]);
  });

  it('releases seats only of orders that are not reserved or paid', () => {
    const releasing = CELLS.filter(({ cell }) => cell === 'repair:release').map(({ status }) => status);
    expect(new Set(releasing)).toEqual(new Set(['PENDING', 'CANCELLED', 'EXPIRED', 'REFUNDED']));
  });

  it('judges each side alone: both plausible means that the whole is right', () => {
    const missed = CELLS.filter(
      ({ status, payment, tickets, cell }) =>
        cell !== 'ok' && isPaymentPlausible(status, payment) && areTicketsPlausible(status, tickets),
    );
    // A paid order whose tickets are waived has no other side to be wrong with.
    expect(missed.filter(({ tickets }) => tickets !== 'waived')).toEqual([]);
  });
});
