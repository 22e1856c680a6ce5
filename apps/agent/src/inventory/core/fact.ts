import type { SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { SourceFact, UsedSource, WorkloadFact } from '@app/contracts/wire/facts';
import { type LocalKey, localParts } from './local-key';
import { optsIn } from './opt-in';
import type { MemberSource, Reckoning } from './reckon';
import type { SourceRecord, WorkloadRecord } from './records';
import { hindranceOf } from './pause';
import { completionOf, type RolloutStatus } from './rollout-status';

/** What a restart of ours is doing or waits for, how the last one ended badly, or what is known of one that was not ours. */
export type Activity = Readonly<{
  state: 'Pending' | 'Restarting' | 'Failed' | 'Current';
  revision: Revision;
  reason: string;
  message: string;
}>;

/** A reckoned workload that opts in and reacts to at least one source. */
export type Reckoned = Readonly<{ members: readonly MemberSource[]; reckoning: Reckoning }>;

/** Most sources of one workload that are told to the hub; want and have hold them all. */
const MAX_SOURCES = 256;

/** Pods of it run another content than the rest, whatever its template says. */
export const PODS_BEHIND = 'PodsBehind';

type Why = Pick<WorkloadFact, 'reason' | 'message'>;

export function sourceFact(ref: SourceRef, record: SourceRecord | undefined): SourceFact {
  return {
    kind: ref.kind,
    namespace: ref.namespace,
    name: ref.name,
    revision: record?.revision ?? record?.started ?? null,
    labels: record?.labels ?? {},
    changedAt: rfc3339(record?.changedAt ?? null),
    ...annotationsOf(record),
  };
}

/** Until a Secret is read that may not be read, or not now. */
export const UNREAD: Why = { reason: 'SourceUnread', message: 'a Secret that it uses could not be read yet' };

export function ignoredFact(workload: WorkloadRecord, why: Why = ignoredBecause(workload)): WorkloadFact {
  return { ...base(workload), state: 'Ignored', ...why, want: null, have: null, proof: 'unknown', sources: [] };
}

function ignoredBecause({ optIn, leftAlone }: WorkloadRecord): Why {
  if (leftAlone) return leftAlone;
  if (optIn.warnings.length > 0) return misunderstood(optIn.warnings);
  return optsIn(optIn)
    ? { reason: 'NothingReferenced', message: 'it opts in, but no source that it uses or names counts' }
    : { reason: 'NotOptedIn', message: 'no annotation of it or of its pod template opts it in' };
}

/** Whatever else its annotations bring about, a person has to look at them. */
const misunderstood = (warnings: readonly string[]): Why => ({
  reason: 'InvalidAnnotation',
  message: warnings.join('; ').slice(0, 1024),
});

const misreadOf = ({ key, misread }: MemberSource): readonly string[] =>
  misread === undefined ? [] : [`${nameOf(key)}: ${misread}`];

function nameOf(key: LocalKey): string {
  const { kind, name } = localParts(key);
  return `${kind} ${name}`;
}

export function workloadFact(workload: WorkloadRecord, reckoned: Reckoned, activity: Activity | null): WorkloadFact {
  const { reckoning } = reckoned;
  return {
    ...base(workload),
    ...stateOf(workload, reckoned, activity),
    want: reckoning.want,
    have: reckoning.have,
    proof: proofOf(workload, reckoned, activity),
    sources: toldSources(reckoned),
    ...stillOf(workload),
  };
}

/** When there are too many to tell of, what makes the workload pending comes first, and then what changed last. */
function toldSources({ members, reckoning }: Reckoned): UsedSource[] {
  const all = members.map((member) => ({ changed: changedMs(member), used: usedSource(member, reckoning) }));
  if (all.length <= MAX_SOURCES) return all.map(({ used }) => used);
  const [apart, alike] = [all.filter(({ used }) => isApart(used)), all.filter(({ used }) => !isApart(used))];
  const told = [...apart, ...alike.sort((a, b) => b.changed - a.changed)];
  return told.slice(0, MAX_SOURCES).map(({ used }) => used);
}

const changedMs = ({ changedAt }: MemberSource): number => Date.parse(changedAt ?? '') || 0;

const isApart = ({ revision, haveRevision }: UsedSource): boolean => revision !== null && revision !== haveRevision;

function stillOf(workload: WorkloadRecord): Pick<WorkloadFact, 'still'> {
  const hindrance = hindranceOf(workload);
  return hindrance === null ? {} : { still: hindrance.reason };
}

const base = (
  workload: WorkloadRecord,
): Pick<WorkloadFact, 'kind' | 'namespace' | 'name' | 'uid' | 'labels' | 'pods' | 'annotations'> => ({
  kind: workload.ref.kind,
  namespace: workload.ref.namespace,
  name: workload.ref.name,
  uid: workload.uid,
  labels: workload.labels,
  pods: { desired: workload.status.desired, updated: workload.status.updated, ready: workload.status.ready },
  ...annotationsOf(workload),
});

/** Where they ask for nothing, the fact has no such field. */
const annotationsOf = <T>(record: Readonly<{ asked?: T }> | undefined): { annotations?: T } =>
  record?.asked === undefined ? {} : { annotations: record.asked };

type Standing = Pick<WorkloadFact, 'state' | 'reason' | 'message'>;

function stateOf(workload: WorkloadRecord, reckoned: Reckoned, activity: Activity | null): Standing {
  const { reckoning } = reckoned;
  if (activity?.state === 'Restarting') return activityStanding(activity);
  if (activity?.revision === reckoning.want) return activityStanding(activity);
  return reckoning.want === reckoning.have ? currentStanding(workload, reckoned) : pendingStanding(workload);
}

function pendingStanding(workload: WorkloadRecord): Standing {
  const { reason, message } = hindranceOf(workload) ?? { reason: '', message: '' };
  return { state: 'Pending', reason, message };
}

function currentStanding(workload: WorkloadRecord, { reckoning, members }: Reckoned): Standing {
  const { have, credited } = reckoning;
  const { stamp, status } = workload;
  const ended = stamp === have ? endOf(status) : null;
  if (ended) return ended;
  const still = stamp === have && completionOf(status).phase === 'progressing' ? hindranceOf(workload) : null;
  if (still) return { state: 'Current', ...still };
  const odd = [...workload.optIn.warnings, ...members.flatMap(misreadOf)];
  if (odd.length > 0) return { state: 'Current', ...misunderstood(odd) };
  if (credited)
    return {
      state: 'Current',
      reason: 'AlreadyCurrent',
      message: 'its pods were started by someone else after the change',
    };
  return { state: 'Current', ...ignoringOf(members) };
}

function ignoringOf(members: readonly MemberSource[]): Why {
  const ignoring = members.flatMap(({ key, ignored }) => (ignored ? [`${nameOf(key)}: ${ignored.join(', ')}`] : []));
  if (ignoring.length === 0) return { reason: '', message: '' };
  const message = `by the policy these keys do not count, of ${ignoring.join('; ')}`;
  return { reason: 'KeysIgnored', message: message.slice(0, 1024) };
}

/** How the pods that a restart of ours brought came to their end, or to none. */
function endOf(status: RolloutStatus): Standing | null {
  const { end } = status;
  if (end?.succeeded) return { state: 'Current', reason: 'JobComplete', message: 'its Job ran to the end' };
  if (end) return { state: 'Failed', reason: 'JobFailed', message: `${end.reason}: ${end.message}`.slice(0, 1024) };
  const { phase, reason, message } = completionOf(status);
  return phase === 'failed' ? { state: 'Failed', reason, message: message.slice(0, 1024) } : null;
}

const activityStanding = ({ state, reason, message }: Activity): Standing => ({
  state,
  reason,
  message: message.slice(0, 1024),
});

function proofOf(
  workload: WorkloadRecord,
  { members, reckoning }: Reckoned,
  activity: Activity | null,
): WorkloadFact['proof'] {
  if (activity?.reason === PODS_BEHIND && activity.revision === reckoning.want) return 'inferred';
  if (workload.stamp === reckoning.have) return 'exact';
  const started = Date.parse(workload.status.rolledAt ?? '');
  const older = members.every(({ changedAt }) => changedAt === null || Date.parse(changedAt) <= started);
  return reckoning.want === reckoning.have && older ? 'inferred' : 'unknown';
}

function usedSource(member: MemberSource, { wanted, had, absent }: Reckoning): UsedSource {
  const { key, revision, started } = member;
  const want = wanted[key] ?? null;
  const now = started || want === absent ? want : revision;
  const have = had[key] ?? null;
  return { ...localParts(key), ...toldOf(member, now, have) };
}

/** Others know a source by the revision of the whole of it, and so they are told of one of which only some keys count. */
function toldOf(
  { revision, whole }: MemberSource,
  now: Revision | null,
  have: Revision | null,
): Pick<UsedSource, 'revision' | 'haveRevision'> {
  if (!whole) return { revision: now, haveRevision: have };
  const isNow = revision !== null && have === revision;
  const then = have === null ? null : (whole.then.get(have) ?? have);
  return { revision: revision === null ? now : whole.now, haveRevision: isNow ? whole.now : then };
}

/** The API's times carry no fraction, and managed fields may carry one: both are RFC 3339 already. */
const rfc3339 = (time: string | null): string | null =>
  time !== null && Number.isFinite(Date.parse(time)) ? time : null;
