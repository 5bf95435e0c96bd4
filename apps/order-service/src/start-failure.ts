import { ConfigError, DangerousLoginError } from '@app/platform';

/** EX_CONFIG of sysexits.h: starting again without another configuration cannot help. */
const EXIT_CONFIG = 78;
const EXIT_FAILURE = 1;

export interface StartFailure {
  readonly sentence: string;
  readonly exitCode: number;
}

/** What an operator reads when the service does not start: a sentence where we know one, the stack where it is a bug. */
export function startFailure(error: unknown): StartFailure {
  if (error instanceof ConfigError || error instanceof DangerousLoginError) {
    return { sentence: error.message, exitCode: EXIT_CONFIG };
  }
  if (!(error instanceof Error)) return { sentence: 'The service could not start.', exitCode: EXIT_FAILURE };
  return { sentence: knownSentence(error) ?? error.stack ?? error.message, exitCode: EXIT_FAILURE };
}

function knownSentence(
  error: Error & { code?: unknown; address?: unknown; port?: unknown },
): string | undefined {
  const { code, address, port } = error;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${String(port)} on ${String(address)} is in use. Stop the other process, or set PORT to another one.`;
    case 'EACCES':
      return `Port ${String(port)} on ${String(address)} needs more rights than this process has. Set PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${String(address)}. Set HOST to one it has, or to 0.0.0.0.`;
    case 'ECONNREFUSED':
      return `PostgreSQL does not answer at ${String(address)}:${String(port)}. Start it, or correct DATABASE_URL.`;
    default:
      return undefined;
  }
}
