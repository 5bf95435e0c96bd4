type Value = string | number | boolean;

/** What the parts of any route look like, once its types have been checked. */
export interface RequestParts {
  readonly path?: Readonly<Record<string, Value>>;
  readonly query?: Readonly<Record<string, Value | undefined>>;
  readonly body?: unknown;
}

/** `/api/v1/orders/{orderId}` with its names replaced, and the query. @throws TypeError when a value cannot stand in a path */
export function pathAndQuery(route: string, { path = {}, query = {} }: RequestParts): string {
  const filled = route.replaceAll(/\{(\w+)\}/g, (_hole, name: string) => {
    const value = String(path[name] ?? '');
    // What means "here" or "one up" would make it another route.
    if (['', '.', '..'].includes(value)) throw new TypeError(`${name} must not be "${value}".`);
    return encodeURIComponent(value);
  });
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) given.set(name, String(value));
  }
  return given.size === 0 ? filled : `${filled}?${given.toString()}`;
}
