import supertest from 'supertest';
import { World } from '../support/world/index.js';

describe('what a process says of itself', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('names itself, its version and its runtime', async () => {
    const answer = await supertest(world.url)
      .get('/info')
      .expect(200)
      .expect('Content-Type', /application\/json/);
    const body: unknown = answer.body;
    expect(body).toMatchObject({ name: 'order-service', version: '0.1.0', nodeVersion: process.version });
  });

  it('counts orders, keys and requests for Prometheus', async () => {
    const event = await world.createEvent();
    await world.createOrder(event);
    const { text } = await supertest(world.url).get('/metrics').expect(200);
    expect(text).toMatch(/^orders_created_total\{currency="USD"\} 1$/m);
    expect(text).toMatch(/^idempotency_requests_total\{result="new"\} 1$/m);
    expect(text).toMatch(/^order_creation_duration_seconds_count 1$/m);
  });

  it('answers what it does not know with a problem document', async () => {
    const answer = await supertest(world.url)
      .get('/nothing-here')
      .expect(404)
      .expect('Content-Type', /application\/problem\+json/);
    const body: unknown = answer.body;
    expect(body).toMatchObject({ code: 'ROUTE_NOT_FOUND', retryable: false });
  });
});
