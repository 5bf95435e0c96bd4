import { execForm, inherited, parseDockerfile } from './dockerfile.js';

const TEXT = `# syntax
ARG IMAGE=node:24
FROM \${IMAGE} AS base
ENV A=1
RUN one \\
  && two
FROM base AS service
ENV B=2
CMD ["node", "main.js"]
`;

describe('reading a Dockerfile', () => {
  it('finds the stages, with arguments filled in and continued lines joined', () => {
    expect(parseDockerfile(TEXT)).toEqual([
      {
        name: 'base',
        from: 'node:24',
        instructions: [
          { keyword: 'ENV', value: 'A=1' },
          { keyword: 'RUN', value: 'one && two' },
        ],
      },
      {
        name: 'service',
        from: 'base',
        instructions: [
          { keyword: 'ENV', value: 'B=2' },
          { keyword: 'CMD', value: '["node", "main.js"]' },
        ],
      },
    ]);
  });

  it('gives a stage what the stages below it set', () => {
    expect(inherited(parseDockerfile(TEXT), 'service', 'ENV')).toEqual(['A=1', 'B=2']);
  });

  it('takes commands in exec form only', () => {
    expect(execForm('["node", "main.js"]')).toEqual(['node', 'main.js']);
    expect(() => execForm('node main.js')).toThrow('exec form');
  });
});
