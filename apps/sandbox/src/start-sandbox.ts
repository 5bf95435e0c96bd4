import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ANNOUNCER, type Announcer } from './announcements/announcer.js';
import { SigningKeys } from './auth/signing-keys.js';
import { LostAnswers } from './faults/lost-answers.js';
import { RefundBank } from './payments/refund-bank.js';
import { PendingWork } from './pending-work.js';
import { SandboxConfig, type SandboxOptions } from './sandbox-config.js';
import { SandboxModule } from './sandbox.module.js';
import { StateFile } from './state/state-file.js';

/** A batch of 200 reservations of 50 lines each fits several times. */
const BODY_BYTES_MAX = 4 * 1_024 * 1_024;
/** After this long a stop cuts the connections that are still busy. */
const STOP_PATIENCE_MS = 1_000;

/** Quiet, and errors at the start are thrown to the caller instead of ending its process. */
const NEST_OPTIONS = { logger: false, abortOnError: false, bodyParser: false } as const;

export interface RunningSandbox {
  /** Base address of all four siblings, with the port that was taken. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the sandbox in this process and listens.
 * @throws Error when the port is taken or the state file is not one of a sandbox
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const config = new SandboxConfig(options);
  const adapter = new FastifyAdapter({ logger: false, bodyLimit: BODY_BYTES_MAX });
  acceptEmptyBodies(adapter);
  const app = await NestFactory.create<NestFastifyApplication>(
    SandboxModule.with(config),
    adapter,
    NEST_OPTIONS,
  );
  try {
    app.get(StateFile).restore();
    await app.get(SigningKeys).current();
    app.get(RefundBank).resume();
    await app.listen(config.port, config.host);
    app.get(StateFile).follow();
  } catch (error) {
    await closeAll(app);
    throw error;
  }
  let stopping: Promise<void> | null = null;
  return { url: addressOf(app, config.host), stop: () => (stopping ??= closeAll(app)) };
}

/** Clients that always name a content type post without a body too; that is an empty object. */
function acceptEmptyBodies(adapter: FastifyAdapter): void {
  adapter
    .getInstance()
    .addContentTypeParser(['application/json', '*'], { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, body.length === 0 ? {} : JSON.parse(body.toString()));
      } catch (error) {
        done(Object.assign(new Error('The body is not JSON.', { cause: error }), { statusCode: 400 }));
      }
    });
}

async function closeAll(app: NestFastifyApplication): Promise<void> {
  await app.get<Announcer>(ANNOUNCER).stop();
  app.get(PendingWork).callOffAll();
  app.get(LostAnswers).hangUpAll();
  const server = app.getHttpServer();
  const patience = setTimeout(() => server.closeAllConnections(), STOP_PATIENCE_MS);
  await app.close();
  clearTimeout(patience);
  await app.get(StateFile).close();
}

function addressOf(app: NestFastifyApplication, host: string): string {
  const address = app.getHttpServer().address();
  if (address === null || typeof address === 'string') throw new Error('the sandbox listens on no port');
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
