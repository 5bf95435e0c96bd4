import type { components, paths } from './generated/api.js';

export type Schemas = components['schemas'];
export type ProblemCode = Schemas['Problem']['code'];

type Verb = 'get' | 'post';
export type Method = Uppercase<Verb>;

/** The routes that know the method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Readonly<Record<Lowercase<M>, unknown>> ? P : never;
}[keyof paths];

type OperationOf<M extends Method, P extends PathOf<M>> = paths[P][Lowercase<M> & keyof paths[P]];

type MemberOf<T, Name extends string> = Name extends keyof T ? T[Name] : unknown;
type JsonOf<T> = T extends { readonly content: { readonly 'application/json': infer Json } } ? Json : never;

/** Pick keeps a member optional that is. */
type Parameters<Operation> = Pick<
  MemberOf<Operation, 'parameters'>,
  keyof MemberOf<Operation, 'parameters'> & ('path' | 'query')
>;
type Body<Operation> = 'requestBody' extends keyof Operation
  ? undefined extends Operation['requestBody']
    ? { readonly body?: JsonOf<NonNullable<Operation['requestBody']>> }
    : { readonly body: JsonOf<Operation['requestBody']> }
  : unknown;

/** What a route takes: `path`, `query` and `body`, each only where it has one. */
export type PartsOf<M extends Method, P extends PathOf<M>> = Parameters<OperationOf<M, P>> &
  Body<OperationOf<M, P>>;

type Responses<Operation> = Operation extends { readonly responses: infer R } ? R : never;

/** What a route answers when all is well. */
export type BodyOf<M extends Method, P extends PathOf<M>> = {
  [Status in keyof Responses<OperationOf<M, P>>]: JsonOf<Responses<OperationOf<M, P>>[Status]>;
}[keyof Responses<OperationOf<M, P>>];

interface Listing {
  readonly data: readonly unknown[];
  readonly page: { readonly hasMore: boolean };
}

/** The routes that answer page by page. */
export type ListPath = {
  [P in PathOf<'GET'>]: BodyOf<'GET', P> extends Listing ? P : never;
}[PathOf<'GET'>];

export type ItemOf<P extends ListPath> =
  BodyOf<'GET', P> extends { readonly data: readonly (infer Item)[] } ? Item : never;
