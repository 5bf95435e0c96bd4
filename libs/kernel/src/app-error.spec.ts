import { AppError, isAppError } from './app-error.js';

describe('a refusal', () => {
  it('fills the sentence of the catalog, and its message starts with the code', () => {
    const error = new AppError('EVENT_NOT_ON_SALE', { reason: 'its status is ENDED' });
    expect(error.detail).toContain('its status is ENDED');
    expect(error.message).toBe(`EVENT_NOT_ON_SALE: ${error.detail}`);
    expect(error.name).toBe('AppError');
    expect(error.row.status).toBe(422);
  });

  it('writes figures and lists as JSON, and what it was not told as nothing', () => {
    expect(new AppError('EVENT_NOT_ON_SALE', { reason: [1, 'a'] }).detail).toContain('[1,"a"]');
    expect(new AppError('EVENT_NOT_ON_SALE', { reason: 7 }).detail).toContain('7');
    const untold = new AppError('EVENT_NOT_ON_SALE').detail;
    expect(new AppError('EVENT_NOT_ON_SALE', { reason: null }).detail).toBe(untold);
    expect(untold).not.toContain('{');
    expect(untold).not.toContain('undefined');
  });

  it('shows a client only what is named for it', () => {
    expect(new AppError('PRICE_CHANGED', { limit: 1 }).members).toEqual({});
    expect(new AppError('PRICE_CHANGED', {}, { members: { limit: 4 } }).members).toEqual({ limit: 4 });
  });

  it('keeps its cause, and has none where there was none', () => {
    const cause = new Error('socket closed');
    expect(new AppError('INTERNAL', {}, { cause }).cause).toBe(cause);
    expect('cause' in new AppError('INTERNAL')).toBe(false);
  });

  it('says when to come back: the catalog’s pause unless this one has its own', () => {
    expect(new AppError('OVERLOADED').retryAfterSeconds).toBe(1);
    expect(new AppError('RATE_LIMITED', { retryAfterSeconds: 41.2 }).retryAfterSeconds).toBe(41.2);
    expect(new AppError('RATE_LIMITED', { retryAfterSeconds: '9' }).retryAfterSeconds).not.toBe('9');
    expect(new AppError('PRICE_CHANGED').retryAfterSeconds).toBeUndefined();
  });

  it('is known by its class and, where asked, by its code', () => {
    const error = new AppError('ORDER_NOT_FOUND');
    expect(isAppError(error)).toBe(true);
    expect(isAppError(error, 'ORDER_NOT_FOUND')).toBe(true);
    expect(isAppError(error, 'EVENT_NOT_FOUND')).toBe(false);
    expect(isAppError({ code: 'ORDER_NOT_FOUND' }, 'ORDER_NOT_FOUND')).toBe(false);
    expect(isAppError(new Error('ORDER_NOT_FOUND'))).toBe(false);
  });
});
