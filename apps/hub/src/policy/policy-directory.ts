import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { problemLine, readAllYaml } from '@app/contracts/policy/yaml-text';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { StoreGate } from '../platform/store-gate';
import { PolicyInvalid } from './policy-errors';
import { PolicyService } from './policy.service';

const LOOK_EVERY_MS = 10_000;
const WRITER = { name: 'HUB_POLICY_DIR', origin: 'file' } as const;

/** Where a document says its name. */
const named = z.union([
  z.object({ metadata: z.object({ name: z.string() }) }).transform(({ metadata }) => metadata.name),
  z.object({ name: z.string() }).transform(({ name }) => name),
]);

type Found = Readonly<{ name: string; document: unknown; file: string }>;

/**
 * Keeps the stored policies in step with a directory of YAML files, such as a mounted ConfigMap. A file that is wrong
 * changes nothing: its policy stays as it was. Several replicas may follow the same directory.
 */
@Injectable()
export class PolicyDirectory implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PolicyDirectory.name);
  private timer: NodeJS.Timeout | undefined;
  private lastProblem = '';

  constructor(
    private readonly policies: PolicyService,
    private readonly gate: StoreGate,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'policyDir'>,
  ) {}

  onApplicationBootstrap(): void {
    const { policyDir } = this.config;
    if (policyDir === null) return;
    const look = (): void =>
      void this.follow(policyDir).catch((error: unknown) =>
        this.tell(`policies of ${policyDir} were not taken over: ${String(error)}`),
      );
    void this.gate.opened.then(look).catch(() => undefined); // the gate itself says why it stays shut
    this.timer = setInterval(look, LOOK_EVERY_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Takes over what the directory holds now. Rejects when it can not be read, or the store can not be written. */
  async follow(directory: string): Promise<void> {
    const { found, unreadable } = await readPolicies(directory);
    const problems = [...unreadable];
    for (const { name, document, file } of found) {
      const problem = await this.policies.put(name, document, WRITER).then(() => undefined, asProblem);
      if (problem !== undefined) problems.push(`${file}: ${problem}`);
    }
    // A policy is gone when no file names it, and every file could be read.
    if (unreadable.length === 0) await this.forgetOthers(new Set(found.map(({ name }) => name)));
    this.tell(problems.join('; '));
  }

  private async forgetOthers(names: ReadonlySet<string>): Promise<void> {
    for (const { policy, origin } of await this.policies.snapshot()) {
      if (origin === 'file' && !names.has(policy.name)) await this.policies.delete(policy.name, WRITER);
    }
  }

  /** The same problem is told once, not every few seconds. */
  private tell(problem: string): void {
    if (problem !== '' && problem !== this.lastProblem) this.logger.error(problem);
    this.lastProblem = problem;
  }
}

function asProblem(error: unknown): string {
  if (error instanceof PolicyInvalid) return error.message;
  throw error;
}

async function readPolicies(
  directory: string,
): Promise<Readonly<{ found: readonly Found[]; unreadable: readonly string[] }>> {
  const files = (await readdir(directory))
    .filter((file) => /\.(ya?ml|json)$/.test(file) && !file.startsWith('.'))
    .sort();
  const found: Found[] = [];
  const unreadable: string[] = [];
  for (const file of files) {
    for (const read of readAllYaml(await readFile(join(directory, file), 'utf8'))) {
      const taken = read.ok ? takeOver(read.value, file, found) : read.problems.map(problemLine).join('; ');
      if (typeof taken === 'string') unreadable.push(`${file}: ${taken}`);
      else found.push(taken);
    }
  }
  return { found, unreadable };
}

/** The document under its name, or why it is not taken: of two with one name the first counts. */
function takeOver(document: unknown, file: string, others: readonly Found[]): Found | string {
  const name = named.safeParse(document);
  if (!name.success) return 'holds a document that names no policy';
  const first = others.find((other) => other.name === name.data);
  return first ? `names the policy ${name.data}, as ${first.file} does` : { name: name.data, document, file };
}
