import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { yamlDocuments } from './yaml-files.js';

export const ASYNCAPI_PATH = 'docs/asyncapi.yaml';
export const asyncapi = z.record(z.string(), z.unknown()).parse(yamlDocuments(ASYNCAPI_PATH)[0]);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uuid: UUID, 'date-time': INSTANT } });
ajv.addSchema(asyncapi, 'asyncapi');

const described = z
  .object({
    components: z.object({
      schemas: z.record(z.string(), z.object({ properties: z.record(z.string(), z.unknown()).optional() })),
    }),
  })
  .parse(asyncapi).components.schemas;

/** What the description says against a message; nothing when it allows it. */
export function problemsOf(name: string, message: object): readonly string[] {
  const validate = ajv.compile({ $ref: `asyncapi#/components/messages/${name}/payload` });
  return validate(message)
    ? []
    : (validate.errors ?? []).map((error) => `${name} ${error.instancePath} ${error.message ?? ''}`);
}

/** The members of the order in an event that no schema names. */
export function undescribedMembers(order: Readonly<Record<string, unknown>>): readonly string[] {
  const schemas = ['order', 'refundTold', 'refundFailureTold', 'paymentFailureTold'];
  const known = new Set(schemas.flatMap((schema) => Object.keys(described[schema]?.properties ?? {})));
  return Object.keys(order).filter((member) => !known.has(member));
}
