import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inherited, type Instruction, type Stage } from './dockerfile.js';

export interface TreeOptions {
  readonly stages: readonly Stage[];
  /** What `docker build` is given: the checkout. */
  readonly context: string;
  /** Where the stages are made, one directory each. */
  readonly scratch: string;
  /** Stages that are taken from a directory as they are. */
  readonly ready: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

const WORKDIR = '/srv';

/**
 * Makes the WORKDIR of a stage as `docker build` would: COPY as written, RUN where it is npm or node. Steps of the
 * operating system (packages, accounts) are named and left out.
 * @returns the directory   @throws a sentence about the first step that failed
 */
export function makeTree(options: TreeOptions, name: string): string {
  const ready = options.ready[name];
  if (ready !== undefined) return ready;
  const directory = join(options.scratch, name);
  if (existsSync(directory)) return directory;
  mkdirSync(directory);
  for (const instruction of instructionsOf(options.stages, name)) perform(options, directory, instruction);
  return directory;
}

/** Those of the stages it is built on come first. */
function instructionsOf(stages: readonly Stage[], name: string): readonly Instruction[] {
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new Error(`The Dockerfile has no stage "${name}".`);
  const isBuiltOnStage = stages.some((candidate) => candidate.name === stage.from);
  return [...(isBuiltOnStage ? instructionsOf(stages, stage.from) : []), ...stage.instructions];
}

function perform(options: TreeOptions, directory: string, { keyword, value }: Instruction): void {
  if (keyword === 'COPY') copy(options, directory, value);
  if (keyword !== 'RUN') return;
  if (!/^(npm|node) /.test(value)) {
    options.say(`left out: ${value}`);
    return;
  }
  options.say(value);
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', value], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${value} ended with ${String(status)}:\n${stdout}${stderr}`);
}

function copy(options: TreeOptions, directory: string, value: string): void {
  const words = value.split(' ');
  const flag = words.find((word) => word.startsWith('--from='));
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.at(-1) ?? '.';
  const origin = flag === undefined ? options.context : makeTree(options, flag.slice('--from='.length));
  for (const source of paths.slice(0, -1)) {
    const path = source.startsWith(`${WORKDIR}/`) ? source.slice(WORKDIR.length + 1) : source;
    const destination = target.endsWith('/')
      ? join(directory, target, path.split('/').at(-1) ?? '')
      : join(directory, target);
    mkdirSync(dirname(destination), { recursive: true });
    // cp is many times faster than Node's own copy for a tree of 20,000 files.
    const { status, stderr } = spawnSync('cp', ['-R', join(origin, path), destination], { encoding: 'utf8' });
    if (status !== 0)
      throw new Error(`COPY ${value} did not work:
${stderr}`);
  }
}

/** The ENV of a stage; `${NAME}` of an ARG gets its default. */
export function environmentOf(stages: readonly Stage[], name: string): Readonly<Record<string, string>> {
  const defaults = new Map(inherited(stages, name, 'ARG').map((value) => pairOf(value)));
  const pairs = inherited(stages, name, 'ENV').flatMap((value) => value.split(' ').map(pairOf));
  return Object.fromEntries(
    pairs.map(([key, value]) => [
      key,
      value.replaceAll(/\$\{(\w+)\}/g, (_whole, variable: string) => defaults.get(variable) ?? ''),
    ]),
  );
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
