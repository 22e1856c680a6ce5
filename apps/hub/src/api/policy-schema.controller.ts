import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { policyJsonSchema } from '@app/contracts/policy/json-schema';
import { Operation } from './operation.decorator';
import { API } from './schemas';

const answer = z.record(z.string(), z.unknown()).meta({ description: 'A JSON Schema (draft 2020-12).' });

/** The policy language for editors and linters. */
@Controller(`${API}/policy-schema.json`)
export class PolicySchemaController {
  private readonly schema = policyJsonSchema();

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'get',
    resource: 'policy-schema',
    summary: 'The policy language as a JSON Schema',
    answer,
  })
  get() {
    return this.schema;
  }
}
