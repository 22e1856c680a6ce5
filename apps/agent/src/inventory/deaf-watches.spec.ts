import type { KubeWatches, WatchedKind } from '../kube/kube.port';
import { DeafWatches } from './deaf-watches';

type Status = ReturnType<KubeWatches['status']>;
const watch = (kind: WatchedKind, error: string | null = null): Status[number] => ({
  ...{ kind, synced: true, silentMs: 0, error },
});

it('warns of a watch that has failed for half a minute, until it works again', () => {
  const deaf = new DeafWatches();
  const failing = [watch('ConfigMap'), watch('Secret', 'forbidden'), watch('PodDisruptionBudget', 'forbidden')];
  const codes = (status: Status, now: number): string[] =>
    deaf.warnings(status, now).map(({ code, detail }) => `${code} ${detail}`);
  expect(codes(failing, 1_000)).toEqual([]);
  expect(codes(failing, 30_999)).toEqual([]);
  expect(codes(failing, 31_000)).toEqual(['WatchDown changes of Secret objects are not seen there: forbidden']);
  expect(codes([watch('Secret')], 32_000)).toEqual([]);
  expect(codes(failing, 33_000)).toEqual([]);
});
