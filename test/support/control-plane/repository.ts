import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory of our Go module; found from here or, inside a built program, from where that lies. */
export function kubernetesSources(): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    const found = join(directory, 'test', 'kubernetes');
    if (existsSync(join(found, 'go.mod'))) return found;
    if (directory === dirname(directory)) throw new Error('the clone is not complete: test/kubernetes is missing');
  }
}
