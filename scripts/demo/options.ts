import { resolve } from 'node:path';

export interface DemoOptions {
  /** Play the story before serving. */
  readonly scenario: boolean;
  /** End after the story, with its verdict as exit code. */
  readonly exit: boolean;
  readonly directory: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly sandboxPort: number;
  /** Where the service listens. */
  readonly host: string;
}

const FLAGS = ['--no-scenario', '--exit'];

/** @throws a sentence about the first flag or variable that makes no sense */
export function demoOptions(flags: readonly string[], environment: NodeJS.ProcessEnv): DemoOptions {
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown !== undefined) {
    throw new Error(
      `The demo does not know ${unknown}. Its flags are ${FLAGS.join(' and ')}: npm run demo -- --exit`,
    );
  }
  return {
    scenario: !flags.includes('--no-scenario'),
    exit: flags.includes('--exit'),
    directory: resolve(given(environment, 'DEMO_DIR') ?? '.demo'),
    port: portNumber(environment, 'PORT', 3016),
    sandboxPort: portNumber(environment, 'SANDBOX_PORT', 3017),
    host: given(environment, 'HOST') ?? '0.0.0.0',
  };
}

/** The value of a variable that is set to something. */
export function given(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = environment[name]?.trim() ?? '';
  return value === '' ? undefined : value;
}

function portNumber(environment: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = given(environment, name);
  const port = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`${name} must be a port between 0 and 65535, not "${text ?? ''}".`);
  }
  return port;
}
