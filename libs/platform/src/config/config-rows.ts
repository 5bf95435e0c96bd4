import {
  parseCrashAction,
  parseCrashPlan,
  type CrashAction,
  type CrashPlan,
} from '../crash-points/armed-crash-point.js';

/** How one environment variable is read. `parse` gets the trimmed text and throws a sentence when it is wrong. */
export interface ConfigRow<T> {
  readonly group: string;
  readonly description: string;
  /** What applies when the variable is unset, as it would be written in the environment; undefined when there is no default. */
  readonly defaultText: string | undefined;
  readonly required: boolean;
  /** A secret is never printed. */
  readonly secret: boolean;
  readonly parse: (text: string) => T;
}

interface RowOptions {
  readonly group: string;
  readonly description: string;
  readonly default?: string;
  readonly required?: boolean;
  readonly secret?: boolean;
}

function row<T>(options: RowOptions, parse: (text: string) => T): ConfigRow<T> {
  return {
    group: options.group,
    description: options.description,
    defaultText: options.default,
    required: options.required ?? false,
    secret: options.secret ?? false,
    parse,
  };
}

/** A number with a default: always present. */
export function number(
  options: RowOptions & { default: string; min: number; max: number; integer?: boolean },
): ConfigRow<number> {
  return row(options, (text) => {
    const value = Number(text);
    const wanted = options.integer === false ? 'a number' : 'a whole number';
    if (text === '' || !Number.isFinite(value) || (options.integer !== false && !Number.isInteger(value))) {
      throw new Error(`must be ${wanted}`);
    }
    if (value < options.min || value > options.max)
      throw new Error(`must be between ${options.min} and ${options.max}`);
    return value;
  });
}

export function flag(options: RowOptions & { default: 'true' | 'false' }): ConfigRow<boolean> {
  return row(options, (text) => {
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw new Error('must be true or false');
  });
}

export function choice<const T extends string>(
  options: RowOptions & { default: T; of: readonly T[] },
): ConfigRow<T> {
  return row(options, (text) => {
    const found = options.of.find((value) => value === text);
    if (found === undefined) throw new Error(`must be one of ${options.of.join(', ')}`);
    return found;
  });
}

/** A comma-separated list; `of` limits its members. */
export function list<const T extends string>(
  options: RowOptions & { default: string; of?: readonly T[] },
): ConfigRow<readonly T[]> {
  return row(options, (text) => {
    const values = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    const { of } = options;
    if (of === undefined) return values as unknown as readonly T[];
    return values.map((value) => {
      const found = of.find((allowed) => allowed === value);
      if (found === undefined) throw new Error(`"${value}" is not one of ${of.join(', ')}`);
      return found;
    });
  });
}

/** Text that may be missing: '' when unset. */
export function text(options: RowOptions & { pattern?: RegExp; patternHint?: string }): ConfigRow<string> {
  return row(options, (value) => {
    if (options.pattern !== undefined && value !== '' && !options.pattern.test(value)) {
      throw new Error(`must be ${options.patternHint ?? `like ${options.pattern.source}`}`);
    }
    return value;
  });
}

/** An address; '' when unset. */
export function url(options: RowOptions & { protocols: readonly string[] }): ConfigRow<string> {
  return row(options, (value) => {
    if (value === '') return '';
    let parsed: URL;
    try {
      parsed = new URL(value);
    } catch {
      throw new Error(`must be an address such as ${options.protocols[0] ?? 'http'}://host`);
    }
    if (!options.protocols.includes(parsed.protocol.replace(':', ''))) {
      throw new Error(
        `must start with ${options.protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
      );
    }
    return value.replace(/\/+$/, '');
  });
}

/** A PEM text; `\n` may be written as two characters, as many secret stores keep it. */
export function pem(options: RowOptions): ConfigRow<string> {
  return row(options, (value) => {
    if (value === '') return '';
    const unescaped = value.replaceAll('\\n', '\n');
    if (!unescaped.includes('-----BEGIN ')) throw new Error('must be a key in PEM form (-----BEGIN …)');
    return unescaped;
  });
}

/** `USD:30,JPY:30`: minor units per currency. */
export function centsByCurrency(
  options: RowOptions & { default: string },
): ConfigRow<ReadonlyMap<string, number>> {
  return row(options, (value) => {
    const amounts = new Map<string, number>();
    for (const part of value.split(',').filter((entry) => entry.trim() !== '')) {
      const [currency, amount] = part.trim().split(':');
      if (currency === undefined || !/^[A-Z]{3}$/.test(currency))
        throw new Error(`"${part}" does not start with an ISO 4217 code`);
      const cents = Number(amount);
      if (amount === undefined || !Number.isSafeInteger(cents) || cents < 0)
        throw new Error(`"${part}" needs a whole number of minor units`);
      amounts.set(currency, cents);
    }
    return amounts;
  });
}

/** `name=value,…` as OpenTelemetry writes lists of headers and attributes; values may be percent-encoded. */
export function pairs(options: RowOptions & { default: string }): ConfigRow<ReadonlyMap<string, string>> {
  return row(options, (value) => {
    const members = value.split(',').filter((entry) => entry.trim() !== '');
    return new Map(
      members.map((entry) => {
        const [name = '', ...rest] = entry.split('=');
        if (name.trim() === '' || rest.length === 0)
          throw new Error('must be name=value pairs, comma-separated');
        return [name.trim(), decoded(rest.join('=').trim())];
      }),
    );
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('has a value whose percent-encoding is broken');
  }
}

export interface AppSecret {
  readonly kid: string;
  readonly key: Buffer;
}

/** `kid:base64,…`: 32-byte keys; the first one writes, all read. */
export function secrets(options: RowOptions): ConfigRow<readonly AppSecret[]> {
  return row({ ...options, secret: true }, (value) =>
    value
      .split(',')
      .filter((entry) => entry.trim() !== '')
      .map((entry) => {
        const separator = entry.indexOf(':');
        const kid = entry.slice(0, separator).trim();
        const key = Buffer.from(entry.slice(separator + 1).trim(), 'base64');
        if (separator < 1 || !/^[A-Za-z0-9_-]{1,32}$/.test(kid))
          throw new Error('must be kid:base64, with a kid of 1 to 32 letters, digits, - or _');
        if (key.length !== 32)
          throw new Error(`the key "${kid}" must be 32 bytes in base64 (openssl rand -base64 32)`);
        return { kid, key };
      }),
  );
}

/** A crash point with its visit, `name[:nth]`; null when unset. */
export function crashPlan(options: RowOptions): ConfigRow<CrashPlan | null> {
  return row(options, parseCrashPlan);
}

/** What happens at the crash point. */
export function crashAction(options: RowOptions & { default: string }): ConfigRow<CrashAction> {
  return row(options, parseCrashAction);
}
