import { objectKey } from '@app/contracts/objects';
import { causesOf } from '../../../fleet/core/causes';
import type { Changing } from '../../gathering/core/changing';

/** More of them are left to themselves: each is one question to the store. */
const MOST = 50;

/** Keys of other sources that the same workloads wait for: one restart will bring those changes along. */
export function besides({ concerns }: Changing): readonly string[] {
  const own = new Set(concerns.map(({ source }) => objectKey(source)));
  const workloads = concerns.flatMap(({ clusters }) => clusters.flatMap((cluster) => cluster.workloads));
  const all = new Set(workloads.flatMap(({ fact }) => causesOf(fact).map(({ key }) => key)));
  return [...all].filter((key) => !own.has(key)).slice(0, MOST);
}
