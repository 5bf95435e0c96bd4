import 'reflect-metadata';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { buildOpenApiDocument, createFastifyAdapter, loadConfig, SERVICE_VERSION } from '@app/platform';
import { AppModule } from './app.module.js';

const NOWHERE = 'http://127.0.0.1:9';

/** The document of GET /openapi.json, without a running service: nothing is constructed and nobody is connected to. */
export async function openApiDocument(): Promise<ReturnType<typeof buildOpenApiDocument>> {
  const signingKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const config = loadConfig({
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nowhere',
    EVENT_SERVICE_URL: NOWHERE,
    TICKET_SERVICE_URL: NOWHERE,
    PAYMENT_SERVICE_URL: NOWHERE,
    AUTH_SERVICE_URL: NOWHERE,
    SERVICE_SIGNING_KEY: signingKey.toString(),
    APP_SECRETS: `outline:${randomBytes(32).toString('base64')}`,
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(config),
    createFastifyAdapter(config),
    { preview: true, logger: false },
  );
  return buildOpenApiDocument(app, { version: SERVICE_VERSION });
}
