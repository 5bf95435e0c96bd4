import { parseArgs } from 'node:util';

export const SCENARIO_NAMES = ['steady', 'purchase', 'on-sale', 'list', 'expiry', 'overload'] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

export interface LoadOptions {
  readonly scenarios: readonly ScenarioName[];
  /** How long each measured stretch lasts. */
  readonly seconds: number;
  /** Requests at once; every scenario has its own default. */
  readonly connections: number | undefined;
  /** How many orders a scenario works on; every scenario has its own default. */
  readonly orders: number | undefined;
  /** Buyers with a token each. */
  readonly buyers: number;
  /** Processes of order-service that share the load. */
  readonly processes: number;
  readonly json: boolean;
  /** Also let pgbench repeat the create transaction, as the limit of what is possible. */
  readonly limit: boolean;
  readonly redis: boolean;
  readonly broker: boolean;
  /** Where each process of the service leaves its CPU profile. */
  readonly profileDirectory: string | undefined;
}

export const USAGE = `npm run load -- --scenario ${SCENARIO_NAMES.join('|')}|all [--seconds 10] …

  --scenario NAME     one, several with commas between them, or all
  --seconds N         how long each measured stretch lasts (10)
  --connections N     requests at once (each scenario has its own default)
  --orders N          how many orders list, expiry and on-sale work on (likewise)
  --buyers N          buyers with a token each (200)
  --processes 1|2     processes of order-service that share the load (1)
  --limit             steady: also the same transaction by pgbench, as the limit of what is possible
  --no-redis          without Redis, even where one is found
  --no-broker         without RabbitMQ, even where one is found
  --profile DIR       CPU profiles of the service's processes (node --cpu-prof)
  --json              one JSON document on standard output
  --help              this text

DATABASE_URL, REDIS_URL and RABBITMQ_URL name servers to use; otherwise those on the default ports of this machine,
otherwise private ones. Variables of the service (LOG_LEVEL, DB_POOL_MAX, …) reach it.`;

const ORDERS_MAX = 20_000_000;

/** @throws a sentence about the first argument that makes no sense; 'help' when it was asked for */
export function loadOptions(args: readonly string[]): LoadOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string' },
      orders: { type: 'string' },
      buyers: { type: 'string', default: '200' },
      processes: { type: 'string', default: '1' },
      limit: { type: 'boolean', default: false },
      'no-redis': { type: 'boolean', default: false },
      'no-broker': { type: 'boolean', default: false },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    scenarios: scenariosOf(values.scenario),
    seconds: numberOf('--seconds', values.seconds, 1, 3_600),
    connections: optional('--connections', values.connections, 4_000),
    orders: optional('--orders', values.orders, ORDERS_MAX),
    buyers: numberOf('--buyers', values.buyers, 1, 10_000),
    processes: numberOf('--processes', values.processes, 1, 16),
    json: values.json,
    limit: values.limit,
    redis: !values['no-redis'],
    broker: !values['no-broker'],
    profileDirectory: values.profile,
  };
}

function scenariosOf(text: string | undefined): readonly ScenarioName[] {
  const choice = `Choose with --scenario: ${SCENARIO_NAMES.join(', ')}, several with commas between them, or all.`;
  if (text === undefined || text === '') throw new Error(choice);
  if (text === 'all') return SCENARIO_NAMES;
  return text.split(',').map((name) => {
    const known = SCENARIO_NAMES.find((candidate) => candidate === name);
    if (known === undefined) throw new Error(`There is no scenario "${name}". ${choice}`);
    return known;
  });
}

function optional(name: string, text: string | undefined, max: number): number | undefined {
  return text === undefined ? undefined : numberOf(name, text, 1, max);
}

function numberOf(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < min || value > max)
    throw new Error(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
  return value;
}
