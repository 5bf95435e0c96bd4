import { CONFIG_TABLE, ConfigError, loadConfig, type ConfigRow } from '@app/platform';

const rows = Object.entries<ConfigRow<unknown>>(CONFIG_TABLE);

describe('the configuration table', () => {
  it.each(rows.filter(([, row]) => !row.required))(
    '%s has a default that its own rule accepts',
    (_name, row) => {
      expect(() => row.parse(row.defaultText ?? '')).not.toThrow();
    },
  );

  it.each(rows)('%s says in a sentence what it is for', (name, row) => {
    expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
    expect(row.description).toMatch(/^.{12,}\.$/s);
    expect(row.group).not.toBe('');
  });

  it.each(
    rows.filter(
      ([name]) => /(_URL|_KEY|SECRETS)$/.test(name) && !/(SERVICE|JWKS)_URL$|PUBLIC_KEY$/.test(name),
    ),
  )('%s carries a password or key and is never printed', (_name, row) => {
    expect(row.secret).toBe(true);
  });

  it('names everything that is missing at once', () => {
    const required = rows.filter(([, row]) => row.required).map(([name]) => name);

    const problems = problemsOf({});

    for (const name of required) expect(problems.join('\n')).toContain(`${name} is required`);
    expect(required).toContain('DATABASE_URL');
  });
});

function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
