const KEEPER = Symbol.for('order-service.test-servers');

/** Lets the keeper clear up and waits until it has. */
export default async function globalTeardown(): Promise<void> {
  const release: unknown = Reflect.get(globalThis, KEEPER);
  if (typeof release === 'function') await (release as () => Promise<void>)();
}
