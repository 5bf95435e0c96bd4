import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { clientView, keyedRoutes } from './client-view.js';

const HEADING =
  '// Printed from the OpenAPI document by `npm run docs:generate`; a test fails when they differ.';

/** What libs/client knows of the service: the types of every route, and which routes need an Idempotency-Key. */
export async function clientTypes(document: unknown): Promise<string> {
  const view = clientView(document) as OpenAPI3;
  const types = astToString(
    await openapiTS(view, { alphabetize: true, immutable: true, defaultNonNullable: false }),
  );
  const keyed = keyedRoutes(document).map((route) => `  '${route}',\n`);
  return `${HEADING}\n\n${withoutBlanks(types)}
/** Routes that need an Idempotency-Key. */
export const KEYED_ROUTES: ReadonlySet<string> = new Set([\n${keyed.join('')}]);\n`;
}

/** The generator says of everything also what it has not. */
function withoutBlanks(types: string): string {
  return types
    .replaceAll(/^ *(?:readonly )?\w+\??: never;\n/gm, '')
    .replaceAll(/^ *headers: \{\n *readonly \[name: string\]: unknown;\n *\};\n/gm, '')
    .replaceAll(/^ *readonly parameters: \{\n *\};\n/gm, '')
    .replaceAll(/^export type \S+ = Record<string, never>;\n/gm, '')
    .replaceAll(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
}
