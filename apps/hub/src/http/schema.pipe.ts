import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { Problem } from './core/problem';
import { faultsText, fieldProblems } from './core/schema-problems';
import { withoutUnsaid } from './core/unsaid';
import { YamlText } from './yaml-body';

/**
 * Checks bodies, queries and path parameters by the zod schema that the parameter declares
 * (`@Body({ schema })`), and answers 400 with one pointer per fault. A body without a schema is a policy document.
 */
@Injectable()
export class SchemaPipe implements PipeTransform {
  transform(given: unknown, metadata: ArgumentMetadata): unknown {
    const { schema } = metadata;
    const isChecked = schema instanceof z.core.$ZodType;
    const value = given instanceof YamlText ? given.read(!isChecked) : given;
    if (!isChecked) return value;
    const parsed = z.safeParse(schema, metadata.type === 'body' ? withoutUnsaid(schema, value) : value);
    if (parsed.success) return parsed.data;
    const errors = fieldProblems(parsed.error.issues, metadata.type, metadata.data);
    throw new Problem(400, 'INVALID', faultsText('request', errors), { errors });
  }
}
