import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { AuditLog } from '../audit/audit.log';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { StoreGate } from '../platform/store-gate';
import { PolicyInvalid } from './policy-errors';
import { type Found, type PolicyFiles, readPolicies } from './policy-files';
import { PolicyService, type VersionedPolicy } from './policy.service';

const LOOK_EVERY_MS = 10_000;
const WRITER = { name: 'HUB_POLICY_DIR', origin: 'file' } as const;

/**
 * Keeps the stored policies in step with a directory of YAML files, such as a mounted ConfigMap. A file that is wrong
 * changes nothing: its policy stays as it was. Several replicas may follow the same directory.
 */
@Injectable()
export class PolicyDirectory implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PolicyDirectory.name);
  private timer: NodeJS.Timeout | undefined;
  private told = '';
  /** What was taken over as a whole last; null: nothing, or not all of it. */
  private taken: PolicyFiles | null = null;
  /** Of the stored policies, as of the last look. */
  private versions: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly policies: PolicyService,
    private readonly gate: StoreGate,
    private readonly audit: AuditLog,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'policyDir'>,
  ) {}

  /** Why what the directory says is not in force, as of the last look; empty: it is. */
  get fault(): string {
    return this.told;
  }

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

  /**
   * Takes over what has changed in the directory since the last look, and what the store has lost: the folders of
   * replicas may differ for a minute, and they are not to take turns. Rejects when it can not be read, or the store can not be
   * written; all is taken over anew then.
   */
  async follow(directory: string): Promise<void> {
    const files = await readPolicies(directory);
    const before = await this.policies.snapshot();
    const isNews = this.wentBack(before) || !isDeepStrictEqual(files, this.taken);
    this.taken = null;
    const refused = await this.takeAll(files, before, isNews);
    const names = new Set(files.found.map(({ name }) => name));
    const gone = before.filter(({ policy, origin }) => origin === 'file' && !names.has(policy.name));
    // A policy is gone when no file names it, and every file could be read.
    const mayForget = isNews && files.faults.length === 0 && !files.isEmpty;
    for (const { policy } of mayForget ? gone : []) await this.forget(policy.name);
    const emptied = files.isEmpty && gone.length > 0 ? [EMPTIED] : [];
    this.tell([...files.faults, ...refused, ...emptied].join('; '));
    if (refused.length === 0) this.taken = files;
  }

  /** The store is as it was some time ago: versions only rise. */
  private wentBack(now: readonly VersionedPolicy[]): boolean {
    const before = this.versions;
    this.versions = new Map(now.map(({ policy, version }) => [policy.name, version]));
    return now.some(({ policy, version }) => version < (before.get(policy.name) ?? 0));
  }

  /** @returns what can not be taken, and why. */
  private async takeAll(
    { found }: PolicyFiles,
    before: readonly VersionedPolicy[],
    isNews: boolean,
  ): Promise<readonly string[]> {
    const stored = new Set(before.filter(({ origin }) => origin === 'file').map(({ policy }) => policy.name));
    const refused: string[] = [];
    for (const policy of found.filter(({ name }) => isNews || !stored.has(name))) {
      const problem = await this.take(policy, before);
      if (problem !== undefined) refused.push(`${policy.file}: ${problem}`);
    }
    return refused;
  }

  /** @returns why it can not be. */
  private async take({ name, document, file }: Found, before: readonly VersionedPolicy[]): Promise<string | undefined> {
    try {
      const { version } = await this.policies.put(name, document, WRITER);
      if (before.find(({ policy }) => policy.name === name)?.version !== version)
        await this.record('put', name, { file, version });
      return undefined;
    } catch (error) {
      if (error instanceof PolicyInvalid) return error.message;
      throw error;
    }
  }

  private async forget(name: string): Promise<void> {
    await this.policies.delete(name, WRITER);
    await this.record('delete', name, {});
  }

  private async record(verb: 'put' | 'delete', name: string, what: Readonly<Record<string, unknown>>): Promise<void> {
    const action = `policies.${verb}`;
    this.logger.log({ msg: verb === 'put' ? 'a policy was taken from its file' : 'a policy went with its file', name });
    const detail = { outcome: 'done', ...what };
    await this.audit.append({
      ...{ actor: WRITER.name, from: 'hub', action, subject: `policies/${name}`, reason: '', detail },
    });
  }

  /** The same problem is told once, not every few seconds. */
  private tell(problem: string): void {
    if (problem !== '' && problem !== this.told) this.logger.error(problem);
    if (problem === '' && this.told !== '') this.logger.log('all policies of the directory are in force again');
    this.told = problem;
  }
}

/** More likely it is not mounted than that all rules are to go. */
const EMPTIED = 'the directory holds no file any more: the policies that came from it are kept';
