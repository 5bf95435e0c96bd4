import { ServiceWorld } from '../support/service-world.js';

let world: ServiceWorld;

beforeAll(async () => {
  world = await ServiceWorld.start();
}, 120_000);

afterAll(async () => {
  await world.stop();
});

it('sells a ticket from order to issued ticket', async () => {
  const buyer = await world.user();
  const order = await world.completed(buyer, await world.newEvent());
  expect(order).toMatchObject({ status: 'COMPLETED', totalCents: 11_686, refundedCents: 0 });
  expect(order['tickets']).toHaveLength(1);
});

it('starts again on the same database after a kill', async () => {
  const buyer = await world.user();
  const { id } = await world.pending(buyer, await world.newEvent());
  await world.service.kill();
  await world.service.launch();
  expect(await world.order(buyer, id)).toMatchObject({ status: 'PENDING' });
});

it('ends with exit code 0 on SIGTERM', async () => {
  expect(await world.service.stop()).toEqual({ code: 0, signal: null });
  await world.service.launch();
});
