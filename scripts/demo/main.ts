import { goodbye, greeting, howToUseIt } from './words.js';
import { demoOptions, given } from './options.js';
import { playScenario, type Scene } from './scenario.js';
import { SandboxClient } from './sandbox-client.js';
import { builtEntries, Supervisor } from './supervisor.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Resolves with the name of what asks the demo to end. */
function untilAskedToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    // Started by npm: when npm is killed, nobody is left who could ask.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.env.npm_lifecycle_event === 'demo' && process.ppid !== parent) resolve('the end of npm');
    }, 500);
    watch.unref();
  });
}

async function demo(): Promise<number> {
  const options = demoOptions(process.argv.slice(2), process.env);
  const asked = untilAskedToStop().then((by) => ({ kind: 'asked', by }) as const);
  let giveUp: (reason: string) => void = () => undefined;
  const hopeless = new Promise<never>((_resolve, reject) => {
    giveUp = (reason) => reject(new Error(reason));
  });
  hopeless.catch(() => undefined);
  say(greeting(options.directory));
  const supervisor = new Supervisor(options, process.env, builtEntries(), {
    said: (line) => say(`  ${line}`),
    hopeless: (reason) => giveUp(reason),
  });
  process.once('exit', () => supervisor.killAll());
  try {
    return await Promise.race([play(supervisor, options), hopeless, asked.then(() => 130)]).then(
      async (code) => {
        if (code !== undefined) return code;
        await Promise.race([asked, hopeless]);
        return 0;
      },
    );
  } finally {
    say(goodbye());
    await supervisor.stop();
  }
}

/** Starts all and tells the story; the exit code when the demo is to end by itself afterwards. */
async function play(
  supervisor: Supervisor,
  options: ReturnType<typeof demoOptions>,
): Promise<number | undefined> {
  const { addresses, databaseUrl } = await supervisor.start();
  const passed = options.scenario
    ? await playScenario({ addresses, databaseUrl, broker: namedBroker() }, say)
    : true;
  if (options.exit) return passed ? 0 : 1;
  const sandbox = new SandboxClient(addresses.sandbox);
  say(howToUseIt({ addresses, buyer: await sandbox.newBuyer(), catalog: await sandbox.catalog() }));
  return undefined;
}

/** The one the service publishes to. */
function namedBroker(): Scene['broker'] {
  const url = given(process.env, 'RABBITMQ_URL');
  return url === undefined ? undefined : { url, prefix: given(process.env, 'RABBITMQ_PREFIX') ?? '' };
}

// A reader that went away (`| head`) must not take the supervisor with it.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
const code = await demo().catch((error: unknown) => {
  process.stderr.write(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
process.exit(code);
