/** Which names the schema knows at a path, for "did you mean …?", for telling groups from values, and for the reference. */

import type { z } from 'zod';

/** The parts of zod's definitions that are walked. */
export interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
}

export const definitionOf = (schema: z.ZodType): Definition => schema.def as unknown as Definition;

/**
 * The schema of what lies at a path, undefined when there is none. Among the alternatives of a discriminated union the one
 * whose `type` the given value names counts.
 */
export function schemaAt(schema: z.ZodType, path: readonly string[], value: unknown): z.ZodType | undefined {
  const definition = definitionOf(schema);
  if (definition.innerType !== undefined) return schemaAt(definition.innerType, path, value);
  if (definition.options !== undefined) {
    const chosen = chooseOption(definition.options, value);
    return chosen === undefined ? undefined : schemaAt(chosen, path, value);
  }
  const [head, ...rest] = path;
  if (head === undefined) return schema;
  const shape = definition.shape ?? {};
  const next = Object.hasOwn(shape, head) ? shape[head] : definition.valueType;
  return next === undefined ? undefined : schemaAt(next, rest, childOf(value, head));
}

function chooseOption(options: readonly z.ZodType[], value: unknown): z.ZodType | undefined {
  const type = childOf(value, 'type');
  return options.find(option => definitionOf(option).shape?.['type']?.safeParse(type).success);
}

/** The child of that name of a group of settings. */
export function childOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The names that may stand at a path; empty where any name may, or none. */
export function namesAt(schema: z.ZodType, path: readonly string[], value: unknown): readonly string[] {
  const found = schemaAt(schema, path, value);
  return found === undefined ? [] : Object.keys(definitionOf(found).shape ?? {});
}
