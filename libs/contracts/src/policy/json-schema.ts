import { z } from 'zod';
import { fullPolicy, shortPolicy } from './schema';

/** A node of a JSON Schema, as far as this file reads it. */
type Node = Readonly<{
  description?: string;
  properties?: Readonly<Record<string, Node>>;
  items?: Node;
  anyOf?: readonly Node[];
  enum?: readonly unknown[];
  const?: unknown;
  type?: string;
}>;

const ABOUT = {
  title: 'RolloutPolicy',
  description: 'A rollout policy of Fleet Reloader: one line, or the full form.',
};
const policy = z.union([shortPolicy, fullPolicy]);

/** The whole policy language as a JSON Schema (draft 2020-12), made from what the hub checks documents with. */
export const policyJsonSchema = (): Readonly<Record<string, unknown>> => ({
  $id: 'https://fleet-reloader.io/v1/RolloutPolicy',
  ...ABOUT,
  ...z.toJSONSchema(policy, { io: 'input' }),
});

/** The same in the dialect of OpenAPI 3.0. */
export const policyOpenApiSchema = (): Readonly<Record<string, unknown>> => {
  const { $schema: _, ...schema } = z.toJSONSchema(policy, { io: 'input', target: 'openapi-3.0' });
  return { ...ABOUT, ...schema };
};

const FORMS = {
  short: z.toJSONSchema(shortPolicy, { io: 'input' }) as Node,
  full: z.toJSONSchema(fullPolicy, { io: 'input' }) as Node,
};

/** What the language has at a place of a document, in words; undefined when it has nothing there, or no words for it. */
export function expectedAt(path: readonly string[], full: boolean): string | undefined {
  let at = [full ? FORMS.full : FORMS.short];
  for (const step of path) {
    at = at.flatMap(alternatives).flatMap((node) => {
      const next = /^\d+$/.test(step) ? node.items : own(node.properties, step);
      return next === undefined ? [] : [next];
    });
  }
  const words = at.flatMap((node) => describe(node) ?? []);
  return words.length === 0 ? undefined : [...new Set(words)].join(', or ');
}

const own = (properties: Node['properties'], key: string): Node | undefined =>
  properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;

const alternatives = (node: Node): readonly Node[] => [node, ...(node.anyOf ?? []).flatMap(alternatives)];

function describe(node: Node): string | undefined {
  if (node.description !== undefined) return node.description;
  if (node.anyOf) {
    const each = node.anyOf.flatMap((one) => describe(one) ?? []);
    return each.length === 0 ? undefined : [...new Set(each)].join(', or ');
  }
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return `one of ${node.enum.map(String).join(', ')}`;
  if (node.properties) return `an object with ${Object.keys(node.properties).join(', ')}`;
  if (node.items) return 'a list';
  return node.type === undefined ? undefined : (WORDS[node.type] ?? node.type);
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};
