import { addressOf } from './order-request.js';

const required = {
  name: 'Ada',
  line1: 'Main Street 1',
  city: 'Springfield',
  postalCode: '12345',
  country: 'US',
};

describe('an address of a request', () => {
  it('is kept as it was sent, and what was left out is null', () => {
    expect(addressOf(required)).toEqual({ ...required, email: null, phone: null, line2: null, region: null });
    const whole = { ...required, email: 'ada@example.com', phone: '1', line2: 'Flat 2', region: 'IL' };
    expect(addressOf(whole)).toEqual(whole);
  });

  it('may be missing', () => {
    expect(addressOf(undefined)).toBeNull();
  });
});
