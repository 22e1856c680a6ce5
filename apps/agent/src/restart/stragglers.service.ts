import type { Return } from '../inventory/core/detour';
import { PODS_BEHIND } from '../inventory/core/fact';
import type { Workbench } from '../inventory/workbench.port';
import type { KubeWorkloads } from '../kube/kube.port';
import { AtMost } from '../platform/at-most';
import type { Clock } from '../platform/clock';
import { stragglersOf } from './core/stragglers';

const MAX_POD_LISTS = 4;
const TRIES = 3;
const RETRY_MS = 2000;

export type StragglersParts = Readonly<{
  workbench: Workbench;
  kube: Pick<KubeWorkloads, 'pods'>;
  clock: Clock;
  trouble: (what: string, error: unknown) => void;
}>;

type Case = Readonly<{ key: string; back: Return }>;

/**
 * When the sources of a workload go back to what it was started with, pods that came up in between run the other
 * content. Until its pods were looked at the workload counts as behind; so it does when one of them is such a pod, or
 * nobody can tell.
 */
export class Stragglers {
  constructor(private readonly parts: StragglersParts) {
    const looks = new AtMost<Case>(MAX_POD_LISTS, (one) => this.#look(one, 1));
    parts.workbench.onReturn((key, back) => looks.add({ key, back }));
  }

  async #look({ key, back }: Case, tries: number): Promise<void> {
    const { workbench, kube, clock, trouble } = this.parts;
    const before = workbench.look(key);
    if (!before?.reckoning) return;
    const { ref, uid, podSelector, mark } = before.record;
    try {
      const found = stragglersOf(await kube.pods(ref.namespace, podSelector), back);
      const now = workbench.look(key);
      if (now?.record.uid !== uid || now.record.mark !== mark || !now.reckoning) return;
      if (found.length === 0) return workbench.settle(key, uid, back.had);
      const message = `${found.length} of its pods were started while its sources held another content`;
      const { want: revision } = now.reckoning;
      workbench.setActivity(key, { state: 'Pending', revision, reason: PODS_BEHIND, message });
    } catch (error) {
      if (tries === TRIES) return trouble('pods could not be looked at: the workload counts as behind', error);
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
      return this.#look({ key, back }, tries + 1);
    }
  }
}
