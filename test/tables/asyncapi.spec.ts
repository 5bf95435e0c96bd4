import { readFileSync } from 'node:fs';
import { SERVICE_VERSION } from '@app/platform';
import { Ajv } from 'ajv';
import { z } from 'zod';
import { ORDER_EVENT_TYPES, ORDER_STATUSES } from '../../libs/orders/src/domain/state-machine.js';
import { ASYNCAPI_PATH, asyncapi, problemsOf } from '../support/asyncapi.js';
import { yamlFile } from '../support/yaml-files.js';

const channel = z.object({
  address: z.string(),
  messages: z.record(z.string(), z.object({ $ref: z.string() })),
});
const described = yamlFile(
  ASYNCAPI_PATH,
  z.object({
    info: z.object({ version: z.string() }),
    channels: z.record(z.string(), channel),
    components: z.object({
      messages: z.record(z.string(), z.object({ name: z.string(), payload: z.unknown() })),
      schemas: z.object({ status: z.object({ enum: z.array(z.string()) }) }),
    }),
  }),
);

const ID = '01a203ec-1ad3-7054-a331-275aecddc712';
const confirmed = {
  pattern: 'order.confirmed',
  data: {
    specversion: '1.0',
    id: ID,
    type: 'order.confirmed',
    source: '/order-service',
    subject: ID,
    time: '2026-11-22T15:42:14.940Z',
    tenantid: ID,
    sequence: 3,
    datacontenttype: 'application/json',
    data: {
      id: ID,
      orderNumber: 'ORD-RX11VCSVCZWF',
      tenantId: ID,
      userId: ID,
      eventId: ID,
      status: 'CONFIRMED',
      previousStatus: 'RESERVED',
      version: 3,
      currency: 'USD',
      totalCents: 10520,
      refundedCents: 0,
      pendingRefundCents: 0,
      items: [],
      tickets: [],
    },
  },
};

describe('the description of the messages', () => {
  it('is an AsyncAPI 3.0 document', () => {
    const schema = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(readFileSync(require.resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8')));
    // The schema brings its own copy of the draft it is written in.
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false });
    const isValid = ajv.compile(schema);

    expect({ valid: isValid(asyncapi), errors: isValid.errors }).toEqual({ valid: true, errors: null });
  });

  it('is of this version', () => {
    expect(described.info.version).toBe(SERVICE_VERSION);
  });

  it('lists every event that an order publishes, and no other', () => {
    expect(Object.keys(described.channels.orderEvents?.messages ?? {}).sort()).toEqual(
      [...ORDER_EVENT_TYPES].sort(),
    );
  });

  it('knows the statuses of the state machine', () => {
    expect(described.components.schemas.status.enum).toEqual([...ORDER_STATUSES]);
  });

  it('describes every message of every channel, under its own name', () => {
    const named = Object.values(described.channels).flatMap(({ messages }) => Object.entries(messages));

    expect(named.filter(([name, { $ref }]) => $ref !== `#/components/messages/${name}`)).toEqual([]);
    expect(named.map(([name]) => described.components.messages[name]?.name)).toEqual(
      named.map(([name]) => name),
    );
    expect(Object.keys(described.components.messages).sort()).toEqual(named.map(([name]) => name).sort());
  });

  it('accepts an event as it is published', () => {
    expect(problemsOf('order.confirmed', confirmed)).toEqual([]);
  });

  it('refuses an event of another type, and one without its sequence', () => {
    const { sequence: _sequence, ...unordered } = confirmed.data;

    expect(problemsOf('order.created', confirmed)).not.toEqual([]);
    expect(problemsOf('order.confirmed', { ...confirmed, data: unordered })).not.toEqual([]);
  });
});
