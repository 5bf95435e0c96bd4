import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { findProgram } from '../../scripts/servers/find-program.js';
import { ROOT } from './yaml-files.js';

const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
export type KubernetesObject = z.infer<typeof object>;

/** What `kubectl apply -k` would send, object by object. @throws how to get kubectl, or what it says */
export function builtManifests(overlay: string): readonly KubernetesObject[] {
  const kubectl = findProgram('kubectl');
  if (kubectl === undefined)
    throw new Error(
      'kubectl is not installed: put it (1.27 or newer) into your PATH, https://kubernetes.io/docs/tasks/tools/.',
    );
  const path = join(ROOT, 'docker/k8s/overlays', overlay);
  const { status, stdout, stderr } = spawnSync(kubectl, ['kustomize', path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`kubectl kustomize ${path} ended with ${String(status)}:\n${stderr}`);
  return parseAllDocuments(stdout, { strict: true, uniqueKeys: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${overlay}: ${problem.message}`);
    return object.parse(document.toJS());
  });
}

/** The one object of that kind and name, as the schema says it must be. */
export function oneOf<T>(
  objects: readonly KubernetesObject[],
  kind: string,
  name: string,
  schema: z.ZodType<T>,
): T {
  const found = objects.filter((candidate) => candidate.kind === kind && candidate.metadata.name === name);
  if (found.length !== 1) throw new Error(`There are ${found.length} objects ${kind} ${name}.`);
  return schema.parse(found[0]);
}

/** Tells which members a reader never looked at, by their paths. */
export function watched(value: object): { readonly seen: object; readonly unread: () => readonly string[] } {
  const unread = new Set<string>();
  const watch = (node: object, path: string): object => {
    for (const [key, member] of Object.entries(node) as [string, unknown][]) {
      unread.add(`${path}/${key}`);
      if (typeof member === 'object' && member !== null)
        Reflect.set(node, key, watch(member, `${path}/${key}`));
    }
    return new Proxy(node, {
      get: (target, key): unknown => {
        unread.delete(`${path}/${String(key)}`);
        return Reflect.get(target, key);
      },
    });
  };
  return { seen: watch(structuredClone(value), ''), unread: () => [...unread] };
}
