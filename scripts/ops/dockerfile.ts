export interface Instruction {
  /** Upper case: RUN, COPY, … */
  readonly keyword: string;
  /** Everything after it, continued lines joined. */
  readonly value: string;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile; ARGs before the first FROM are filled into it. */
export function parseDockerfile(text: string): readonly Stage[] {
  const globals = new Map<string, string>();
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const { keyword, value } of instructionsOf(text)) {
    const stage = stages.at(-1);
    if (keyword === 'FROM') stages.push(startStage(value, globals, stages.length));
    else if (stage !== undefined) stage.instructions.push({ keyword, value });
    else if (keyword === 'ARG') {
      const [name = '', fallback = ''] = value.split('=', 2);
      globals.set(name, fallback);
    } else throw new Error(`${keyword} stands before the first FROM.`);
  }
  return stages;
}

/** The values of an instruction in a stage and the stages it is built on, outermost first. */
export function inherited(stages: readonly Stage[], name: string, keyword: string): readonly string[] {
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) return [];
  const own = stage.instructions.filter((line) => line.keyword === keyword).map((line) => line.value);
  return [...inherited(stages, stage.from, keyword), ...own];
}

/** `CMD ["node", "x"]`; @throws when it is in shell form, which swallows signals */
export function execForm(value: string): readonly string[] {
  const parsed: unknown = value.startsWith('[') ? JSON.parse(value) : undefined;
  if (Array.isArray(parsed) && parsed.every((word) => typeof word === 'string')) return parsed;
  throw new Error(`"${value}" is not in exec form (["program", "argument"]).`);
}

function instructionsOf(text: string): readonly Instruction[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => {
      const [keyword = '', ...rest] = line.trim().split(/\s+/);
      return { keyword: keyword.toUpperCase(), value: rest.join(' ') };
    });
}

function startStage(
  value: string,
  globals: ReadonlyMap<string, string>,
  index: number,
): { name: string; from: string; instructions: Instruction[] } {
  const [from = '', , name] = value.split(' ');
  return {
    name: name ?? String(index),
    from: from.replaceAll(/\$\{?(\w+)\}?/g, (_whole, variable: string) => globals.get(variable) ?? ''),
    instructions: [],
  };
}
