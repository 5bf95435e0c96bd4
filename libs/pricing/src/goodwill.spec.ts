import { spreadGoodwill } from './goodwill.js';
import { price, refusalOf, soldLine, soldLines } from './testing/builders.js';

describe('an amount-only refund', () => {
  it('is spread over the units by what each still has', () => {
    expect(spreadGoodwill([soldLine(3, 3_333)], 1_000)).toEqual([
      { itemId: 'item-0', amountCents: 1_000, unitCents: [334, 333, 333] },
    ]);
  });

  it('is spread over all lines, free tickets left out', () => {
    const lines = soldLines(
      price(
        [
          [2, 4_550],
          [1, 0],
          [1, 12_900],
        ],
        { discounts: [{ code: 'A', amountCents: 1_001 }] },
      ),
    );
    expect(spreadGoodwill(lines, 5_000)).toEqual([
      { itemId: 'item-0', amountCents: 2_068, unitCents: [1_034, 1_034] },
      { itemId: 'item-2', amountCents: 2_932, unitCents: [2_932] },
    ]);
  });

  it('lays nothing on refunded and pending units', () => {
    const refunded = soldLine(3, 3_333, { refundedUnits: [2] });
    expect(spreadGoodwill([refunded], 501)).toEqual([
      { itemId: 'item-0', amountCents: 501, unitCents: [251, 250, 0] },
    ]);
    const pending = soldLine(3, 3_333, { pendingUnits: [0] });
    expect(spreadGoodwill([pending], 501)).toEqual([
      { itemId: 'item-0', amountCents: 501, unitCents: [0, 251, 250] },
    ]);
  });

  it('takes what earlier goodwill left of each unit', () => {
    const line = soldLine(3, 3_333, { goodwillCents: [3_896, 3_890, 0] });
    expect(spreadGoodwill([line], 3_899)).toEqual([
      { itemId: 'item-0', amountCents: 3_899, unitCents: [0, 6, 3_893] },
    ]);
  });

  it('may take everything, to the cent', () => {
    expect(spreadGoodwill([soldLine(3, 3_333)], 11_685)).toEqual([
      { itemId: 'item-0', amountCents: 11_685, unitCents: [3_896, 3_896, 3_893] },
    ]);
  });

  it('of a cent more than is left is refused with what is left', () => {
    const refusal = refusalOf(() => spreadGoodwill([soldLine(3, 3_333)], 11_686, 'USD'));
    expect(refusal.code).toBe('REFUND_EXCEEDS_REFUNDABLE');
    expect(refusal.members).toEqual({ refundableCents: 11_685, currency: 'USD' });
  });

  it('of anything is refused when every unit is refunded', () => {
    const line = soldLine(1, 1_000, { refundedUnits: [0] });
    const refusal = refusalOf(() => spreadGoodwill([line], 1));
    expect(refusal.code).toBe('REFUND_EXCEEDS_REFUNDABLE');
    expect(refusal.members).toStrictEqual({ refundableCents: 0 });
  });

  it('of nothing lays nothing', () => {
    expect(spreadGoodwill([soldLine(2, 1_000)], 0)).toEqual([]);
  });

  it.each([-1, 0.5])('of %p is a bug', (amountCents) => {
    expect(refusalOf(() => spreadGoodwill([soldLine(2, 1_000)], amountCents)).code).toBe('MONEY_INVALID');
  });
});
