import { problemLine, readYaml } from '@app/contracts/policy/yaml-text';
import { invalid, Problem } from './core/problem';
import { faultsText } from './core/schema-problems';

/** A body as it came. It is read only after the caller was let in: reading YAML takes time. */
export class YamlText {
  constructor(private readonly text: string) {}

  /** @throws Problem with every fault of the text, each with line and column; in a request that has a schema of its own, the first. */
  read(isPolicy: boolean): unknown {
    const read = readYaml(this.text);
    if (read.ok) return read.value;
    const { problems } = read;
    if (!isPolicy) throw invalid('', problems.slice(0, 1).map(problemLine).join(), 'YAML');
    throw new Problem(422, 'POLICY_INVALID', faultsText('text', problems), { errors: problems });
  }
}
