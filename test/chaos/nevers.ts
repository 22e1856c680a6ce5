import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { Restart, Witness } from './witness';

/** What is to be judged once all is quiet: what the clusters saw, and what the hub says about it. */
export type Evidence = Readonly<{
  /** Of the first wave; then those of the second. */
  first: Witness;
  second: readonly Witness[];
  soakMs: number;
  /** When the last change was made; epoch ms. */
  changedAt: number;
  rollouts: readonly RolloutView[];
  /** States by cluster, as the hub tells them. */
  states: Readonly<Record<string, string>>;
  /** Everything outside of the clusters, and what must not be in it. */
  outside: string;
  secrets: readonly string[];
}>;

/** Clocks of one machine, read at two places. */
const BLUR_MS = 20;

const all = ({ first, second }: Evidence): readonly Witness[] => [first, ...second];
const nameOf = ({ cluster }: Witness): string => cluster.name;

function lost(evidence: Evidence): readonly string[] {
  const latest = evidence.first.restarts.at(-1)?.revision;
  return all(evidence).flatMap((witness) => {
    const last = witness.restarts.at(-1);
    const name = nameOf(witness);
    return [
      ...(last === undefined || last.at < evidence.changedAt
        ? [`${name} was not restarted after the last change`]
        : []),
      ...(last?.revision === latest ? [] : [`${name} runs ${last?.revision}, the first wave ${latest}`]),
      ...(last && witness.readyAt.has(last.revision) ? [] : [`${name} is not ready`]),
      ...(evidence.states[name] === 'Converged' ? [] : [`${name} is ${evidence.states[name]} for the hub`]),
    ];
  });
}

const twice = (evidence: Evidence): readonly string[] =>
  all(evidence).flatMap((witness) => {
    const seen = witness.restarts.map(({ revision }) => revision);
    const again = seen.filter((revision, at) => seen.indexOf(revision) !== at);
    return again.map((revision) => `${revision} in ${nameOf(witness)}`);
  });

/**
 * Only where the first wave was planned to go first: a cluster that tells of a change after the quiet period (a frozen
 * agent, a lost wire) is in a rollout of its own, or in the catch-up wave.
 */
const early = (evidence: Evidence): readonly string[] =>
  evidence.second.flatMap((witness) =>
    witness.restarts
      .filter(({ revision }) => isBehindFirst(evidence, nameOf(witness), revision))
      .flatMap(({ revision, at }) => {
        const cluster = nameOf(witness);
        return tooEarly(evidence, { what: `${revision} in ${cluster}`, cluster }, { revision, at });
      }),
  );

type Subject = Readonly<{ what: string; cluster: string }>;

/** A pod that starts after a change runs it, whatever restarted it: its cluster has no restart of its own to show for that. */
const CURRENT = 'Skipped AlreadyCurrent';

const endIn = (rollout: RolloutView, cluster: string): readonly string[] =>
  targetsOf(rollout)
    .filter((target) => target.cluster === cluster)
    .flatMap(({ restarts }) => restarts.map(({ phase, reason }) => `${phase} ${reason}`));

function tooEarly(evidence: Evidence, { what, cluster }: Subject, { revision, at }: Restart): readonly string[] {
  const { first, soakMs } = evidence;
  const ready = first.readyAt.get(revision);
  if (ready === undefined) {
    const ends = permitting(evidence, cluster, revision).flatMap((rollout) => endIn(rollout, nameOf(first)));
    return ends.every((end) => end === CURRENT) ? [] : [`${what}, never ready in ${nameOf(first)}: ${ends.join(', ')}`];
  }
  return at - ready + BLUR_MS >= soakMs ? [] : [`${what} after ${at - ready} ms of soak`];
}

/** Rollouts that may have permitted it: they had the cluster restart to this revision. */
const permitting = ({ rollouts }: Evidence, cluster: string, revision: string): readonly RolloutView[] =>
  rollouts.filter((rollout) =>
    targetsOf(rollout).some((target) => {
      return target.cluster === cluster && target.restarts.some((restart) => restart.revision === revision);
    }),
  );

/**
 * In every rollout that may have permitted it, the first cluster had its place in the first wave, with this change: one that
 * told of it too late is carried with the one before.
 */
export function isBehindFirst(evidence: Evidence, cluster: string, revision: string): boolean {
  const first = nameOf(evidence.first);
  return permitting(evidence, cluster, revision).every((rollout) =>
    rollout.waves[0]?.targets.some(
      ({ cluster: name, restarts }) =>
        name === first && restarts.every((restart) => restart.revision === null || restart.revision === revision),
    ),
  );
}

/** Of one rollout the second wave takes one cluster at a time; what a superseded one has begun goes on beside it. */
const crowded = (evidence: Evidence): readonly string[] =>
  evidence.second.flatMap((one) =>
    evidence.second
      .filter((other) => other !== one)
      .flatMap((other) =>
        one.restarts.flatMap(({ revision, at }) => {
          const before = other.restarts.find((restart) => restart.revision === revision);
          if (before === undefined || before.at > at) return [];
          const ready = other.readyAt.get(revision) ?? Infinity;
          const names = [one, other].map(nameOf);
          if (ready <= at + BLUR_MS || isSuperseding(evidence, names, revision)) return [];
          return [`${revision} in ${names[0]} while ${names[1]} was restarting`];
        }),
      ),
  );

/** Several rollouts had these clusters restart to the revision, one after the other was superseded. */
const isSuperseding = (evidence: Evidence, clusters: readonly string[], revision: string): boolean => {
  const all = new Set(clusters.flatMap((cluster) => permitting(evidence, cluster, revision)));
  return all.size > 1 && [...all].some(({ phase }) => phase === 'Superseded');
};

const leaked = ({ outside, secrets }: Evidence): readonly string[] =>
  secrets.filter((form) => outside.includes(form)).map((_, at) => `form ${at}`);

type Told = Readonly<{
  cluster: string;
  phase: string;
  restarts: RolloutView['waves'][number]['targets'][number]['restarts'];
}>;
const targetsOf = ({ waves }: RolloutView): readonly Told[] => waves.flatMap(({ targets }) => targets);

const unpermitted = (evidence: Evidence): readonly string[] => {
  const permitted = new Set(
    evidence.rollouts
      .flatMap(targetsOf)
      .flatMap(({ cluster, restarts }) => restarts.map(({ revision }) => `${cluster} ${revision ?? ''}`)),
  );
  return all(evidence).flatMap((witness) =>
    witness.restarts
      .filter(({ revision }) => !permitted.has(`${nameOf(witness)} ${revision}`))
      .map(({ revision }) => `${revision} in ${nameOf(witness)}`),
  );
};

const unseen = (evidence: Evidence): readonly string[] => {
  const proof = new Map(all(evidence).map((witness) => [nameOf(witness), witness.readyAt]));
  return evidence.rollouts.flatMap((rollout) =>
    targetsOf(rollout).flatMap(({ cluster, restarts }) =>
      restarts
        .filter(({ phase }) => phase === 'Succeeded')
        .filter(({ revision, finishedAt }) => {
          const ready = proof.get(cluster)?.get(revision ?? '') ?? Infinity;
          return ready > Date.parse(finishedAt ?? '') + BLUR_MS;
        })
        .map(({ revision }) => `${rollout.id}: ${revision ?? ''} in ${cluster}`),
    ),
  );
};

export const NEVERS: Readonly<Record<string, (evidence: Evidence) => readonly string[]>> = {
  '1. a change is lost': lost,
  '2. one revision restarts a workload twice': twice,
  '3. the second wave is ahead of the first, or of its soak': early,
  '4. more at once than the wave takes': crowded,
  '5. a value leaves its cluster': leaked,
  '6. a cluster is written to without a permit of its own': unpermitted,
  '7. success that nobody saw': unseen,
};
