import { TestBroker } from './broker.js';
import { testRedisUrl } from './platform-parts.js';
import { TcpProxy } from './tcp-proxy.js';

/** Everything the service talks to, and the setting that says where it is. */
const SETTINGS = {
  database: 'DATABASE_URL',
  redis: 'REDIS_URL',
  rabbitmq: 'RABBITMQ_URL',
  'event-service': 'EVENT_SERVICE_URL',
  'ticket-service': 'TICKET_SERVICE_URL',
  'payment-service': 'PAYMENT_SERVICE_URL',
  'auth-service': 'AUTH_SERVICE_URL',
} as const;

export type Dependency = keyof typeof SETTINGS;
export const DEPENDENCIES = Object.keys(SETTINGS) as readonly Dependency[];

/** How a dependency is lost: nobody listens any more, or somebody does and never answers. */
export type Loss = 'refused' | 'hung';

/** A wire of its own before each dependency. */
export class DependencyWires {
  private constructor(
    private readonly wires: ReadonlyMap<Dependency, { readonly proxy: TcpProxy; readonly target: string }>,
    private readonly broker: TestBroker,
  ) {}

  static async before(world: {
    readonly databaseUrl: string;
    readonly siblings: { readonly url: string };
  }): Promise<DependencyWires> {
    const broker = await TestBroker.open();
    const wires = await Promise.all(
      DEPENDENCIES.map(async (name) => {
        const servers = { database: world.databaseUrl, redis: testRedisUrl(), rabbitmq: broker.url };
        const target = name in servers ? servers[name as keyof typeof servers] : world.siblings.url;
        return [name, { target, proxy: await TcpProxy.before(target) }] as const;
      }),
    );
    return new DependencyWires(new Map(wires), broker);
  }

  /** The settings of a process that reaches everything through the wires. */
  get environment(): Readonly<Record<string, string>> {
    const urls = [...this.wires].map(
      ([name, { proxy, target }]) => [SETTINGS[name], proxy.url(target)] as const,
    );
    return { ...Object.fromEntries(urls), RABBITMQ_PREFIX: this.broker.prefix };
  }

  lose(names: readonly Dependency[], how: Loss): void {
    for (const name of names) {
      const proxy = this.wires.get(name)?.proxy;
      if (how === 'refused') proxy?.cut();
      else proxy?.freeze();
    }
  }

  mend(): void {
    for (const { proxy } of this.wires.values()) proxy.mend();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.wires.values()].map(({ proxy }) => proxy.stop()));
    await this.broker.close();
  }
}
