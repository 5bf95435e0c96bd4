import { labelValue } from './label-values.js';

describe('label values', () => {
  it.each([
    'USD',
    'payment-service',
    'EXPIRED',
    '/api/v1/orders/:orderId/refunds/:refundId',
    'order.partially_refunded',
    '503',
  ])('keeps %s, a name of ours', (value) => {
    expect(labelValue(value)).toBe(value);
  });

  it.each([
    '0198c7a2-1111-7abc-8def-0123456789ab',
    'order:0198c7a2-1111-7abc-8def-0123456789ab',
    'pi_3NqXyZ2eZvKYlo2C0abcdefghijk',
    'the buyer changed her mind',
    'ada@example.com',
    '',
    'x'.repeat(101),
  ])('replaces %s, which could be an id or free text', (value) => {
    expect(labelValue(value)).toBe('other');
  });
});
