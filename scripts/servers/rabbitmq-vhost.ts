import { spawnSync } from 'node:child_process';
import { findProgram } from './find-program.js';
import { acceptsConnections } from './rabbitmq.js';
import { isRoot } from './unprivileged-user.js';

/** Who can make virtual hosts on a broker: its management API, or its command line tool. */
export type VhostMaker = 'management' | 'rabbitmqctl';

export function withVhost(brokerUrl: string, vhost: string): string {
  const url = new URL(brokerUrl);
  url.pathname = `/${encodeURIComponent(vhost)}`;
  return url.href;
}

/** Makes a virtual host that the login of the address may use; undefined when nobody here can. */
export async function createVhost(brokerUrl: string, vhost: string): Promise<VhostMaker | undefined> {
  const makers = [
    ['management', createByManagement],
    ['rabbitmqctl', createByTool],
  ] as const;
  for (const [maker, create] of makers) {
    if (!(await create(brokerUrl, vhost))) continue;
    // The tool may have spoken to another broker of this machine than the one the address names.
    if (await acceptsConnections(withVhost(brokerUrl, vhost))) return maker;
    await deleteVhost(brokerUrl, vhost, maker);
  }
  return undefined;
}

export async function deleteVhost(brokerUrl: string, vhost: string, maker: VhostMaker): Promise<void> {
  const done =
    maker === 'management'
      ? await manage(brokerUrl, 'DELETE', `/api/vhosts/${encodeURIComponent(vhost)}`)
      : runTool(['delete_vhost', vhost]);
  if (!done) throw new Error(`The virtual host ${vhost} could not be deleted.`);
}

async function createByManagement(brokerUrl: string, vhost: string): Promise<boolean> {
  const name = encodeURIComponent(vhost);
  const user = new URL(brokerUrl).username || 'guest';
  return (
    (await manage(brokerUrl, 'PUT', `/api/vhosts/${name}`)) &&
    (await manage(brokerUrl, 'PUT', `/api/permissions/${name}/${user}`, {
      configure: '.*',
      write: '.*',
      read: '.*',
    }))
  );
}

function createByTool(brokerUrl: string, vhost: string): Promise<boolean> {
  const { hostname, username, port } = new URL(brokerUrl);
  const isDefaultBroker = ['127.0.0.1', 'localhost'].includes(hostname) && ['', '5672'].includes(port);
  const user = username === '' ? 'guest' : decodeURIComponent(username);
  return Promise.resolve(
    isDefaultBroker &&
      isRoot() &&
      runTool(['add_vhost', vhost]) &&
      runTool(['set_permissions', '-p', vhost, user, '.*', '.*', '.*']),
  );
}

async function manage(brokerUrl: string, method: string, path: string, body: object = {}): Promise<boolean> {
  const { hostname, username, password } = new URL(brokerUrl);
  const base = process.env.RABBITMQ_MANAGEMENT_URL ?? `http://${hostname}:15672`;
  const login = `${decodeURIComponent(username) || 'guest'}:${decodeURIComponent(password) || 'guest'}`;
  try {
    const answer = await fetch(new URL(path, base), {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(login).toString('base64')}`,
        'content-type': 'application/json',
      },
      signal: AbortSignal.timeout(3_000),
      ...(method === 'PUT' ? { body: JSON.stringify(body) } : {}),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

function runTool(args: readonly string[]): boolean {
  const tool = findProgram('rabbitmqctl');
  if (tool === undefined) return false;
  return spawnSync(tool, ['--quiet', ...args], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}
