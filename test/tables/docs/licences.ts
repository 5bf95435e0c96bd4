import { productionLicences } from '../../support/package-lock.js';
import { code, page, table } from './markdown.js';

/** Every package that reaches the image, with its licence. */
export function licencesPage(): string {
  const rows = productionLicences();
  const counts = new Map<string, number>();
  for (const { licence } of rows) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return page(
    'Licences',
    `What \`npm ci --omit=dev\` installs: ${rows.length} packages.`,
    table(
      ['licence', 'packages'],
      [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, count]) => [name, `${count}`]),
    ),
    table(
      ['package', 'version', 'licence'],
      rows.map(({ name, version, licence }) => [code(name), version, licence]),
    ),
  );
}
