import { IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { Type } from 'class-transformer';
import { NestedList } from './nested-list.js';
import { RequestValidationPipe } from './request-validation.pipe.js';
import { UuidPipe } from './uuid.pipe.js';

class LineDto {
  @IsUUID()
  ticketTypeId!: string;

  @IsInt()
  @Min(1)
  quantity!: number;
}

class OrderDto {
  @NestedList(() => LineDto, { min: 1, max: 2 })
  items!: LineDto[];

  @IsOptional()
  @IsString()
  @MaxLength(3)
  note?: string;
}

class ListQueryDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Max(100)
  limit?: number;
}

const pipe = new RequestValidationPipe();
const line = { ticketTypeId: '0190a000-0000-7000-8000-000000000001', quantity: 2 };

async function errorsOf(type: 'body' | 'query', value: unknown): Promise<unknown> {
  const metatype = type === 'body' ? OrderDto : ListQueryDto;
  try {
    await pipe.transform(value, { type, metatype });
  } catch (error) {
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED' });
    return (error as { members: { errors: unknown } }).members.errors;
  }
  return [];
}

describe('validating a request', () => {
  it('hands a fitting body on as an instance of its class', async () => {
    const body = await pipe.transform({ items: [line] }, { type: 'body', metatype: OrderDto });
    expect(body).toBeInstanceOf(OrderDto);
    expect((body as OrderDto).items[0]).toBeInstanceOf(LineDto);
  });

  it('points at every wrong member with a JSON pointer', async () => {
    const errors = await errorsOf('body', {
      items: [line, { ticketTypeId: 'x', quantity: 0 }],
      note: 'long',
    });
    expect(errors).toEqual([
      { pointer: '/items/1/ticketTypeId', code: 'UUID', detail: 'ticketTypeId must be a UUID.' },
      { pointer: '/items/1/quantity', code: 'MIN', detail: 'quantity must not be less than 1.' },
      { pointer: '/note', code: 'MAX_LENGTH', detail: 'note must be shorter than or equal to 3 characters.' },
    ]);
  });

  it('calls a missing member required, once', async () => {
    expect(await errorsOf('body', {})).toEqual([
      { pointer: '/items', code: 'REQUIRED', detail: 'items is required.' },
    ]);
  });

  it('refuses unknown members, also nested ones, so that a client that sends a price learns it', async () => {
    expect(await errorsOf('body', { items: [{ ...line, price: 1 }], totalCents: 1 })).toEqual([
      { pointer: '/totalCents', code: 'UNKNOWN_MEMBER', detail: 'This member is not known here.' },
      { pointer: '/items/0/price', code: 'UNKNOWN_MEMBER', detail: 'This member is not known here.' },
    ]);
  });

  it.each([
    ['an inner list', [[line]]],
    ['an empty list', []],
    ['too many', [line, line, line]],
    ['an object', { 0: line, length: 1 }],
    ['null', [null]],
    ['a text', ['x']],
  ])('refuses %s as a list of lines', async (_name, items) => {
    expect(await errorsOf('body', { items })).not.toEqual([]);
  });

  it('converts nothing by itself', async () => {
    expect(await errorsOf('body', { items: [{ ...line, quantity: '2' }] })).toContainEqual({
      pointer: '/items/0/quantity',
      code: 'INT',
      detail: 'quantity must be an integer number.',
    });
    expect(await errorsOf('body', { items: [{ ...line, quantity: true }] })).not.toEqual([]);
  });

  it('converts a query parameter where its class says so, and names it when it is wrong or unknown', async () => {
    expect(await pipe.transform({ limit: '20' }, { type: 'query', metatype: ListQueryDto })).toEqual({
      limit: 20,
    });
    expect(await errorsOf('query', { limit: '101' })).toMatchObject([{ parameter: 'limit', code: 'MAX' }]);
    expect(await errorsOf('query', { limit: ['1', '2'] })).not.toEqual([]);
    expect(await errorsOf('query', { offset: '1' })).toEqual([
      { parameter: 'offset', code: 'UNKNOWN_PARAMETER', detail: 'This parameter is not known here.' },
    ]);
  });

  it('reads an id in capitals and refuses what is none', () => {
    const uuid = new UuidPipe();
    expect(uuid.transform('0190A000-0000-7000-8000-00000000000A', { type: 'param', data: 'orderId' })).toBe(
      '0190a000-0000-7000-8000-00000000000a',
    );
    expect(() => uuid.transform("1' or '1'='1", { type: 'param', data: 'orderId' })).toThrow(
      'orderId must be a UUID',
    );
  });
});

describe('what a refused body hears first', () => {
  it('is what the value should have been, before how large it may be', async () => {
    expect(await errorsOf('body', { items: [{ ...line, quantity: '1' }] })).toMatchObject([
      { pointer: '/items/0/quantity', code: 'INT' },
      { pointer: '/items/0/quantity', code: 'MIN' },
    ]);
  });

  it('names no class of ours', async () => {
    expect(JSON.stringify(await errorsOf('body', { items: ['x'] }))).not.toContain('LineDto');
  });
});
