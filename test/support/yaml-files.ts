import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ZodType } from 'zod';

export const ROOT = join(__dirname, '../..');

/** Every document of a YAML file, anchors and merge keys resolved. @throws naming the file when it is not valid YAML */
export function yamlDocuments(path: string): readonly unknown[] {
  return parseAllDocuments(readFileSync(join(ROOT, path), 'utf8'), { merge: true }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${path}: ${error.message}`);
    return document.toJS() as unknown;
  });
}

/** The one document of a file, as the schema says it must be. */
export function yamlFile<T>(path: string, schema: ZodType<T>): T {
  return schema.parse(yamlDocuments(path)[0]);
}

export function filesIn(path: string, ending: string): readonly string[] {
  return readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(path, name))
    .sort();
}
