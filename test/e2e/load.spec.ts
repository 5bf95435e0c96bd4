import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(__dirname, '..', '..');
const ENTRY = join(ROOT, 'dist', 'scripts', 'load', 'main.js');

const measure = z.object({
  name: z.string(),
  seconds: z.number().positive(),
  requests: z.number().positive(),
  succeeded: z.number(),
  perSecond: z.number(),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }),
  statuses: z.record(z.string(), z.number()),
  errors: z.record(z.string(), z.number()),
});

const report = z.object({
  options: z.object({ processes: z.number(), redis: z.boolean(), broker: z.boolean() }),
  scenarios: z.array(
    z.object({
      name: z.string(),
      measures: z.array(measure).min(1),
      figures: z.record(z.string(), z.number()),
      consumption: z.object({ cpuMs: z.number().positive(), rssMaxMib: z.number().positive() }),
      unexpected: z.array(z.string()),
    }),
  ),
  books: z.object({
    orders: z.number(),
    answers: z.number(),
    claims: z.array(z.object({ claim: z.string(), violations: z.number(), examples: z.array(z.string()) })),
  }),
  isPassed: z.boolean(),
});

/** What each scenario measures beside the answers. */
const FIGURES = [
  ['steady', ['createdPerSecond', 'cpuMsPerOrder']],
  ['purchase', ['completedPerSecond', 'cpuMsPerOrder']],
  ['on-sale', ['answeredPerSecond', 'ratioToOneLockPerOrder', 'seatsHeld', 'oversold', 'cpuMsPerOrder']],
  ['list', ['ordersInTable', 'farPageToFirstP99', 'getToBareServer', 'cpuMsPerRequest']],
  [
    'expiry',
    [
      'pendingOrders',
      'pendingExpiredPerSecond',
      'pendingCpuMsPerOrder',
      'cpuPerOrderToSmallBacklog',
      'rateToSmallBacklog',
      'reservedOrders',
      'reservedExpiredPerSecond',
      'reservedCpuMsPerOrder',
      'createRateBesideExpiry',
    ],
  ],
  [
    'overload',
    [
      'peakPerSecond',
      'crowdClients',
      'crowdGoodputPerSecond',
      'crowdGoodputToPeak',
      'offeredPerSecond',
      'offeredToPeak',
      'goodputPerSecond',
      'goodputToPeak',
      'confirmSuccessShare',
      'cancelSuccessShare',
      'refundSuccessShare',
      'cpuMsPerOrder',
    ],
  ],
];

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly complaint: string;
}

/** The built load test as a person starts it, on the servers of this test run. */
function runLoad(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [ENTRY, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, complaint]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
    child.once('close', (code) => {
      resolve({
        code,
        output: Buffer.concat(output).toString('utf8'),
        complaint: Buffer.concat(complaint).toString('utf8'),
      });
    });
  });
}

describe('npm run load', () => {
  it('plays every scenario, finds the books in order and prints one JSON document', async () => {
    const { code, output, complaint } = await runLoad(
      ...['--scenario', 'all', '--seconds', '1', '--connections', '4', '--orders', '80', '--buyers', '10'],
      ...['--no-broker', '--json'],
    );
    const wrong = complaint.split('\n').filter((line) => line.includes('✗') || line.includes('stopped'));
    expect({ code, wrong }).toEqual({ code: 0, wrong: [] });
    const { scenarios, books, isPassed } = report.parse(JSON.parse(output));
    const figures = Object.fromEntries(scenarios.map((scenario) => [scenario.name, scenario.figures]));
    const names = scenarios.map((scenario) => [scenario.name, Object.keys(scenario.figures)]);
    expect(names).toEqual(FIGURES);
    expect(figures).toMatchObject({
      'on-sale': { seatsHeld: 3, oversold: 0 },
      list: { ordersInTable: 80 },
      expiry: { pendingOrders: 80, reservedOrders: 16 },
    });
    expect(books.orders).toBeGreaterThan(100);
    expect(books.claims.filter(({ violations }) => violations > 0)).toEqual([]);
    expect(isPassed).toBe(true);
  });

  it('says how to use it when an argument makes no sense', async () => {
    const { code, complaint } = await runLoad('--scenario', 'rush');
    expect(code).toBe(2);
    expect(complaint).toMatch(/^There is no scenario "rush"\. Choose with --scenario: steady, purchase/);
  });
});
