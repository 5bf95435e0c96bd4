import type { INestApplication } from '@nestjs/common';
import { CLOCK, type Clock } from '@app/kernel';
import { EventsServer, Lifecycle, Metrics, RpcServer, type Config, type QueueServer } from '@app/platform';

/**
 * Connects the queues of a process with the worker role. A broker that is away is waited for in the background; without
 * one configured nothing is connected.
 */
export async function startConsumers(app: INestApplication, config: Config): Promise<void> {
  if (config.RABBITMQ_URL === '' || !config.PROCESS_ROLES.includes('worker')) return;
  const parts = { config, metrics: app.get(Metrics), clock: app.get<Clock>(CLOCK) };
  const servers: readonly QueueServer[] = [new EventsServer(parts), new RpcServer(parts)];
  for (const server of servers) {
    // Guards, pipes and filters of the HTTP edge are not for messages: these have their own.
    app.connectMicroservice({ strategy: server }, { inheritAppConfig: false });
    app.get(Lifecycle).onDrain('consumer', () => server.stop());
  }
  await app.startAllMicroservices();
}
