/** The schema as a JSON Schema, for editors and as a reference of every setting. */

import { z } from 'zod';
import { typedText } from './leaf.ts';
import { schema } from './schema.ts';
import { shortNames } from './short-form.ts';

/** JSON Schema 2020-12 of the configuration file, the short form included. Nothing is required: labels may fill any gap. */
export function jsonSchema(): Record<string, unknown> {
  const { properties, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      delete jsonSchema.required;
      // zod leaves both out where a text is read into something else.
      const about = z.globalRegistry.get(zodSchema);
      if (typeof about?.['default'] === 'string') jsonSchema.default = typedText(about['default']);
      if (Array.isArray(about?.['examples'])) jsonSchema.examples = about['examples'];
    },
  });
  const vrrp = properties?.['vrrp'] as { additionalProperties?: { properties?: object } } | undefined;
  const short = Object.entries(vrrp?.additionalProperties?.properties ?? {}).filter(([name]) =>
    shortNames.includes(name),
  );
  return { title: 'Locum', ...rest, properties: { ...properties, ...Object.fromEntries(short) } };
}
