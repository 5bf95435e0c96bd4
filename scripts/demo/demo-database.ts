import { createHash, randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  answersQueries,
  endStalePostgres,
  initialisePostgres,
  postgresUrl,
  runStatements,
  startPostgres,
  type PostgresOptions,
} from '../servers/embedded-postgres.js';
import { freePort } from '../servers/free-port.js';
import type { OwnedProcess } from '../servers/owned-process.js';
import { runnableBinaries } from '../servers/postgres-binaries.js';
import { ownedDirectory, reachablePlace } from '../servers/reachable-place.js';
import { ownerOf, unprivilegedUser } from '../servers/unprivileged-user.js';
import type { DemoDirectory } from './demo-directory.js';

const DATABASE = 'order_service';

/** Where the embedded PostgreSQL lives and how it is entered; kept in DEMO_DIR, because it may lie elsewhere. */
const postgresPlace = z.object({ place: z.string(), port: z.number(), password: z.string() });

export interface EmbeddedDatabase {
  readonly url: string;
  readonly logFile: string;
  start(started: (process: OwnedProcess) => void): Promise<OwnedProcess>;
  isReady(): Promise<boolean>;
}

/** @throws when the database of DATABASE_URL does not answer */
export async function requireDatabase(url: string): Promise<void> {
  if (await answersQueries(url)) return;
  throw new Error(
    'DATABASE_URL is set, but no PostgreSQL answers there. Start it, correct the address, or unset it.',
  );
}

/** The embedded PostgreSQL of this DEMO_DIR, made at the first start and found again at every other. */
export async function embeddedDatabase(directory: DemoDirectory): Promise<EmbeddedDatabase> {
  const known = directory.read('postgres.json', postgresPlace);
  const isUsable = known !== undefined && existsSync(join(known.place, 'data', 'PG_VERSION'));
  const user = (isUsable ? ownerOf(join(known.place, 'data')) : undefined) ?? unprivilegedUser();
  const place = isUsable ? known.place : newPlace(directory, user);
  const dataDir = join(place, 'data');
  // Before the choice of the port: a predecessor may still sit on ours.
  await endStalePostgres(dataDir);
  const chosen = {
    place,
    port: await freePort(known?.port),
    password: known?.password ?? randomBytes(18).toString('hex'),
  };
  directory.write('postgres.json', chosen);
  const options: PostgresOptions = {
    binaries: runnableBinaries(user, `${place}-binaries`),
    dataDir,
    user,
    password: chosen.password,
    port: chosen.port,
    logFile: directory.logFile('postgres'),
  };
  initialisePostgres(options);
  const url = postgresUrl(options, DATABASE);
  return {
    url,
    logFile: options.logFile,
    isReady: () => answersQueries(url),
    start: async (started) => {
      const child = await startPostgres({ ...options, started });
      if (!(await answersQueries(url))) {
        await runStatements(postgresUrl(options, 'postgres'), [`create database ${DATABASE}`]);
      }
      return child;
    },
  };
}

/** Beside DEMO_DIR's other files where the account gets there, otherwise in a system directory named after DEMO_DIR. */
function newPlace(directory: DemoDirectory, user: ReturnType<typeof unprivilegedUser>): string {
  const name = `order-service-demo-${createHash('sha256').update(directory.path).digest('hex').slice(0, 12)}`;
  const candidates = [
    directory.path,
    ...(user === undefined ? [] : [`/var/lib/${name}`, `/var/tmp/${name}`]),
  ];
  const base = reachablePlace(candidates, user);
  const place = ownedDirectory(base, 'postgres', user);
  // Left by a DEMO_DIR whose files were deleted: its password is gone with them.
  rmSync(join(place, 'data'), { recursive: true, force: true });
  return place;
}
