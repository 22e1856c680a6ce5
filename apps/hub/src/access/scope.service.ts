import { Injectable } from '@nestjs/common';
import { matchesSelector } from '@app/contracts/selector';
import { ClusterRegistry } from '../fleet/registry';
import { notFound, Problem } from '../http/core/problem';
import type { Principal } from './principal';

/** Tells whether the caller may see, and act on, a cluster. */
export type InScope = (cluster: string) => boolean;

const EVERYWHERE: InScope = () => true;

/** Turns the selector of a token into the clusters that match it now. */
@Injectable()
export class ScopeService {
  constructor(private readonly registry: ClusterRegistry) {}

  /** A cluster that is not registered (any more) is in the scope of unlimited tokens only. */
  async of(principal: Principal): Promise<InScope> {
    const { scope } = principal;
    if (scope === null) return EVERYWHERE;
    const names = (await this.registry.all())
      .filter(({ labels }) => matchesSelector(scope, labels))
      .map(({ name }) => name);
    const matching = new Set(names);
    return (cluster) => matching.has(cluster);
  }

  /** A cluster outside the scope looks as if it did not exist. */
  async requireCluster(principal: Principal, cluster: string): Promise<void> {
    const inScope = await this.of(principal);
    if (!inScope(cluster)) throw notFound(`cluster ${cluster}`);
  }

  /** Acting on several clusters at once needs all of them. */
  async requireAll(principal: Principal, clusters: readonly string[]): Promise<void> {
    const inScope = await this.of(principal);
    const outside = clusters.filter((cluster) => !inScope(cluster));
    if (outside.length === 0) return;
    throw new Problem(403, 'SCOPE', `this also concerns ${outside.length} cluster(s) outside the token's scope`);
  }
}
