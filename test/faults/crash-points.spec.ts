import type { Violation } from '../../scripts/invariants/books.js';
import { checkBooks } from '../../scripts/invariants/check-books.js';
import { loadBooksAtRest } from '../../scripts/invariants/load-books.js';
import { ALL_CASES, rightEnd, SLICE, type FaultCase } from './cases.js';
import { Clients, type Heard } from './clients.js';
import { Orders, type ReadyOrder } from './orders-for-cases.js';
import { Stack, until, type ServiceProcess } from './stack.js';

/** `npm run faults` runs them all, with FAULTS=recover those of one verb; every run of the tests a few. */
const CASES = casesNamed(process.env.FAULTS);
const CASE_WITHIN_MS = 120_000;
const REST_WITHIN_MS = 20_000;

const nameOf = ({ verb, point, way }: FaultCase): string => `${verb}: struck at ${point}, ${way}`;

describe('an order whose process is struck in the middle', () => {
  const clients = new Clients();
  const ready = new Map<string, ReadyOrder>();
  let stack: Stack;
  let orders: Orders;

  beforeAll(async () => {
    stack = await Stack.start();
    orders = await Orders.of(stack, clients);
    const service = await stack.service();
    for (const fault of CASES) ready.set(nameOf(fault), await orders.readyFor(fault.verb, service));
    expect(await violations()).toEqual([]);
    await service.kill();
  }, 600_000);

  // Also after a failure: a service that lives on would do the work of the next case.
  afterEach(async () => {
    await stack.killServices();
  });

  afterAll(async () => {
    await stack.stop();
  }, 60_000);

  /** What does not hold once everything has come to rest: of one order and of none, or of all. */
  async function violations(order?: ReadyOrder): Promise<readonly Violation[]> {
    const places = { databaseUrl: stack.databaseUrl, sandboxUrl: stack.sandboxUrl };
    const books = await loadBooksAtRest(places, {
      patienceMs: REST_WITHIN_MS,
      exchanges: clients.exchanges,
    });
    const found = checkBooks(books);
    return order === undefined
      ? found
      : found.filter(({ orderId }) => orderId === order.id || orderId === null);
  }

  /** Asks for the verb at the process that will be struck; what comes back may be nothing. */
  async function ask(fault: FaultCase, order: ReadyOrder, service: ServiceProcess): Promise<Asked> {
    await orders.prepare(fault.verb, order, service);
    if (fault.verb === 'expire by the clock')
      return { again: async () => undefined, answered: Promise.resolve(null) };
    const wish = orders.wish(fault.verb, order);
    const again = async (other: ServiceProcess): Promise<void> => {
      const heard = await clients.insist(other, wish);
      if (heard.status >= 300) throw new Error(`${wish.path}: ${heard.status} ${JSON.stringify(heard.body)}`);
    };
    const answered = clients.ask(service, wish);
    if (fault.verb !== 'cancel while being issued') return { again, answered };
    // What goes back first has to come: the release waits for the tickets.
    return {
      again,
      answered: answered.then(async (heard) => {
        if (heard !== null) await orders.troubleEnds(order);
        return heard;
      }),
    };
  }

  it.each(CASES.map((fault) => [nameOf(fault), fault] as const))(
    '%s, comes to its right end',
    async (name, fault) => {
      const order = ready.get(name);
      if (order === undefined) throw new Error(`no order is ready for ${name}`);
      const isFrozen = fault.way.startsWith('the frozen process');
      const armed = { point: fault.point, isFrozen };
      const struck = await stack.service(armed);
      const asked = await ask(fault, order, struck);
      await struck.struck(armed);

      const second = await stack.service();
      await orders.leasesRunOut(order);
      if (fault.way === 'the client retries' || fault.way === 'the frozen process wakes up') {
        await asked.again(second);
      } else {
        await orders.undoIsDue(order);
        if (fault.verb === 'confirm') await orders.deadlinePasses(order);
      }
      if (fault.verb === 'recover') {
        // Until then the cancel of its intent must not find the money first.
        await until(`${name}: ${rightEnd(fault)}`, REST_WITHIN_MS, async () => {
          return (await orders.status(order)) === rightEnd(fault);
        });
      }
      if (fault.verb === 'recover' || fault.verb === 'cancel while being issued')
        await orders.troubleEnds(order);
      if (isFrozen) {
        if (fault.verb !== 'reserve' || fault.way.endsWith('undo'))
          await until(`${name}: taken over`, REST_WITHIN_MS, () => isTakenOver(order));
        struck.signal('SIGCONT');
        await asked.answered;
      }
      await until(`${name}: ${rightEnd(fault)}`, REST_WITHIN_MS, async () => {
        return (await orders.status(order)) === rightEnd(fault);
      });
      expect(await violations(order)).toEqual([]);
      expect(await orders.status(order)).toBe(rightEnd(fault));
    },
    CASE_WITHIN_MS,
  );

  it(
    'leaves books in which every invariant holds',
    async () => {
      expect(await violations()).toEqual([]);
    },
    CASE_WITHIN_MS,
  );

  /** The second process has done all there is to do while the first one stood still. */
  async function isTakenOver({ id }: ReadyOrder): Promise<boolean> {
    const [row] = await stack.sql<{ open: number }>(
      `select (select count(*) from orders where id = $1 and op is not null)
            + (select count(*) from order_effects where order_id = $1 and state = 'pending') as open`,
      [id],
    );
    return Number(row?.open) === 0;
  }
});

interface Asked {
  /** The same request at another process, until it is answered. */
  readonly again: (other: ServiceProcess) => Promise<void>;
  readonly answered: Promise<Heard | null>;
}

function casesNamed(name: string | undefined): readonly FaultCase[] {
  if (name === undefined) return SLICE;
  const named = name === 'all' ? ALL_CASES : ALL_CASES.filter(({ verb }) => verb === name);
  if (named.length === 0) throw new Error(`FAULTS=${name}: it must be "all" or a verb of test/faults/cases.ts.`);
  return named;
}
