import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { objectKey } from '@app/contracts/objects';
import type { Applied, Trigger } from '../../fleet/inventory.store';
import { Lanes } from '../../platform/lanes';
import { RolloutUnreadable } from '../../rollout/rollout-errors';
import { RolloutPorts } from '../../rollout/rollout-ports';
import { RolloutService } from '../../rollout/rollout.service';
import type { Stored } from '../../rollout/rollout.store';
import { withAbsent } from '../gathering/absent-clusters';
import { besides } from './core/beside';
import { type Decision, decideChange } from './core/decide';
import { isOwned, ownedBy, passesBy, possibleOwners, takenNowhere } from './core/ownership';
import { namesOf, without } from '../core/names';
import { ChangeStores } from './change-stores';
import type { PolicyVersion } from '../../policy/policies.port';
import { sourceFromKey } from '../gathering/group.store';
import { type Outcome, RolloutStarter } from '../starting/rollout-starter';
import { among, type Changing } from '../gathering/core/changing';
import { causeOf, type Subject } from '../gathering/subjects';
import type { Place } from '../core/place';

const TRIES = 8;

/** Changes in: from what is pending to the rollout that carries it. Everything is judged from the stored state. */
@Injectable()
export class ChangeService {
  private readonly lanes = new Lanes();

  constructor(
    private readonly stores: ChangeStores,
    private readonly starter: RolloutStarter,
    private readonly rollouts: RolloutService,
    private readonly ports: RolloutPorts,
  ) {}

  /** The policies of this moment, for an `observe` that follows at once; whoever never looks at them misses no failure. */
  policies(): Promise<Policies> {
    const policies = this.stores.policies.snapshot();
    policies.catch(() => undefined);
    return policies;
  }

  /** Takes in what a frame of the cluster made pending. Settles when each source is in a window or a rollout. */
  async observe(cluster: string, applied: Applied, ahead?: Promise<Policies>): Promise<void> {
    const sources = bySource(applied.triggers);
    if (sources.length > 0) {
      const policies = await (ahead ?? this.stores.policies.snapshot());
      await Promise.all(sources.map((trigger) => this.route(cluster, trigger, { applied, policies })));
    }
    if (applied.reminder !== null) this.stores.inventory.settleReminder(cluster, applied.reminder);
  }

  /** The same from the stored facts: after a reconnection, and for what was left behind when a replica died. */
  async lookAt(cluster: string): Promise<void> {
    await this.observe(cluster, await this.stores.inventory.triggers(cluster));
  }

  /** Closes a window that is due. Asked too early, or again, it changes nothing. */
  async closeWindow(place: Place): Promise<void> {
    const { windows, superseding } = this.stores.gathering;
    const seen = await windows.look(place);
    if (seen === undefined) return;
    const quarantine = await superseding.flap.check(place);
    if (quarantine === 'lasts') return;
    if ((await this.evaluate(place, quarantine === 'over')) === 'done') await windows.close(place, seen);
  }

  private async route(
    cluster: string,
    { source, fact, choices }: Moved,
    { applied, policies }: Readonly<{ applied: Applied; policies: Policies }>,
  ): Promise<void> {
    const ref = sourceFromKey(source);
    if (!ref) return;
    const there = { ref, fact, registration: applied.registration };
    const owners = possibleOwners(policies, there, choices).filter(({ policy }) => policy.start !== 'off');
    if (owners.length > 0) this.ports.metrics.changesObserved();
    const telling = passesBy(policies, there);
    await Promise.all([
      ...owners.map((owner) => this.gather(cluster, { source, fact }, owner)),
      ...(telling ? [this.gatherUntaken(cluster, { source, fact }, telling)] : []),
    ]);
  }

  /** Nobody carries it, which is told once for all clusters that tell of it meanwhile. */
  private async gatherUntaken(cluster: string, { source, fact }: Fresh, { policy }: PolicyVersion): Promise<void> {
    const times = { ...policy.coalesce, quietMs: Math.max(1, policy.coalesce.quietMs) };
    await this.stores.gathering.windows.open({ policy: policy.name, source }, times, seenIn(cluster, fact));
  }

  private async gather(cluster: string, { source, fact }: Fresh, owner: PolicyVersion): Promise<void> {
    const { superseding, windows, subjects } = this.stores.gathering;
    const seen = seenIn(cluster, fact);
    if (await superseding.flap.isLeftAlone(owner.policy, source, seen)) return;
    const key = await subjects.keyOf(owner.policy, source, { source: fact });
    const place = { policy: owner.policy.name, source: key };
    const member = key === source ? seen : { ...seen, cluster: `${cluster}|${source}` };
    if (owner.policy.coalesce.quietMs === 0) await this.evaluate(place);
    else await windows.open(place, owner.policy.coalesce, member);
  }

  /** Compares what is pending with what is under way, and starts, joins or supersedes what is missing. */
  private evaluate(place: Place, isCalm = false): Promise<'done' | 'early'> {
    return this.lanes.shared(`${place.policy}|${place.source}`, async () => {
      for (let attempt = 1; attempt <= TRIES; attempt++) {
        const outcome = await this.evaluateOnce(place, isCalm).catch(earlyIfUnreadable);
        if (outcome !== 'raced') return outcome;
        this.ports.metrics.transitionConflicts();
        await pause(Math.random() * 10 * attempt);
      }
      throw new Error(`others keep deciding on ${place.source} under ${place.policy}; it is looked at again`);
    });
  }

  private async evaluateOnce(place: Place, isCalm: boolean): Promise<Evaluated> {
    const { policies: source, rollouts, gathering } = this.stores;
    const { subjects, superseding } = gathering;
    const [policies, subject, active, isLeft] = await Promise.all([
      source.snapshot(),
      subjects.of(place),
      rollouts.active(place.policy, place.source),
      superseding.flap.isLeft(place),
    ]);
    const version = policies.find((each) => each.policy.name === place.policy);
    if (!subject || isLeft || !version || version.policy.start === 'off') return 'done';
    if (isDissolved(subject, version)) return this.each(subject, place.policy);
    const { changing, users } = await subjects.look(subject);
    const owned = among(changing, ({ source: ref, clusters }) => ownedBy(policies, place.policy, ref, clusters));
    if (!active && owned.concerns.every(({ clusters }) => clusters.length === 0)) {
      const untaken = among(changing, ({ source: ref, clusters }) => takenNowhere(policies, ref, clusters));
      await this.tellOfNobody(causeOf(subject), version, untaken);
    }
    const decision = decideChange(owned, active?.rollout ?? null);
    return this.carryOut(decision, { subject, policies, version, users, active, isCalm, beside: besides(owned) });
  }

  /** The policy gathers by that label no more: each source stands for itself again. */
  private async each({ sources }: Subject, policy: string): Promise<Evaluated> {
    const outcomes = await Promise.all(sources.map((source) => this.evaluate({ policy, source: objectKey(source) })));
    return outcomes.includes('early') ? 'early' : 'done';
  }

  private async tellOfNobody(cause: Subjected, policy: PolicyVersion, untaken: Changing): Promise<void> {
    const wanted = decideChange(untaken, null);
    if (wanted.type !== 'start') return;
    const { clusters } = wanted;
    await this.starter.noTargets({ policy, cause, clusters, at: this.ports.clock.now() });
  }

  private async carryOut(decision: Decision, now: Circumstances): Promise<Evaluated> {
    switch (decision.type) {
      case 'nothing':
        return 'done';
      case 'join': {
        const targets = this.starter.targetsToJoin(decision.rollout, decision.clusters);
        const at = this.ports.clock.now();
        if (targets.length > 0) await this.rollouts.handle(decision.rollout.id, { type: 'joined', targets, at });
        return 'done';
      }
      case 'start':
        return this.start(decision, now);
    }
  }

  private async start({ clusters, telling }: Started, now: Circumstances): Promise<Evaluated> {
    const { subject, policies, version, users, active, isCalm, beside } = now;
    const { gathering } = this.stores;
    const place = { policy: version.policy.name, source: subject.key };
    if (await this.goesWithOthers(place, beside, version)) return 'early';
    const cause = causeOf(subject);
    const newer = { policy: version.policy, cause, clusters, telling, isCalm };
    if (active && !(await gathering.superseding.mayReplace({ ...newer, active }))) return 'done';
    const { name, offline } = version.policy;
    const at = this.ports.clock.now();
    const silent = without(users, telling);
    const away = await gathering.subjects.away(subject, silent, (ref, cluster) =>
      isOwned(policies, name, ref, cluster),
    );
    const quiet = without(namesOf(away), namesOf(clusters));
    if (await gathering.awaitsMore(place, quiet, offline.graceMs)) return 'early';
    const outcome = await this.starter.start({
      ...{ policy: version, cause, clusters: withAbsent(clusters, away) },
      ...{ replaces: active ?? null, chain: isCalm ? 0 : chainOf(active), origin: { trigger: 'change', by: null }, at },
    });
    return this.counted(outcome);
  }

  /**
   * One restart brings along whatever else its workloads wait for. So that each of these changes has a rollout to tell of
   * it, they are planned at the same time: whoever is first waits for the others, and then sees to it that they begin, too.
   */
  private async goesWithOthers(place: Place, beside: readonly string[], { policy }: PolicyVersion): Promise<boolean> {
    const others = await this.stores.gathering.windows.putOff(place, beside, policy.coalesce);
    if (others === 'putOff') return true;
    for (const source of others) {
      // What fails here is tried again when its own time comes, which is now.
      void this.closeWindow({ policy: place.policy, source }).catch(() => undefined);
    }
    return false;
  }

  private counted(outcome: Outcome): 'done' | 'raced' {
    if (outcome.type === 'made') this.ports.metrics.rolloutsStarted('change');
    return outcome.type === 'raced' ? 'raced' : 'done';
  }
}

/** What carries the source now can not be read: until it can, or is gone, nothing may take its place. */
function earlyIfUnreadable(error: unknown): 'early' {
  if (error instanceof RolloutUnreadable) return 'early';
  throw error;
}

/** Rollouts in a row, up to the one about to start, that were superseded. */
const chainOf = (active: Stored | undefined): number => (active ? (active.rollout.chain ?? 0) + 1 : 0);

/**
 * `early`: nothing was started yet, for clusters that may be about to tell of the same change, or for other changes that
 * the same restarts will bring along. It is looked at again.
 */
type Evaluated = 'done' | 'raced' | 'early';
type Policies = readonly PolicyVersion[];
type Subjected = ReturnType<typeof causeOf>;
type Started = Extract<Decision, { type: 'start' }>;
type Circumstances = Readonly<{
  subject: Subject;
  policies: Policies;
  version: PolicyVersion;
  /** Names of the clusters that use it. */
  users: readonly string[];
  active: Stored | undefined;
  /** Other sources that the same workloads wait for. */
  beside: readonly string[];
  /** The source was left alone for long enough just now. */
  isCalm: boolean;
}>;

const seenIn = (cluster: string, fact: Moved['fact']) => ({ cluster, revision: fact?.revision ?? '' });

const isDissolved = ({ group }: Subject, { policy }: PolicyVersion): boolean =>
  group !== null && group.label !== policy.coalesce.label;

/** A source that moved, and the policies that workloads which wait for it have chosen: the rest is read from the store. */
type Moved = Fresh & Readonly<{ choices: readonly string[] }>;
type Fresh = Pick<Trigger, 'source' | 'fact'>;

function bySource(triggers: readonly Trigger[]): readonly Moved[] {
  const moved = new Map<string, Moved>();
  for (const { source, fact, choice } of triggers) {
    const choices = [...(moved.get(source)?.choices ?? []), ...(choice === '' ? [] : [choice])];
    moved.set(source, { source, fact, choices });
  }
  return [...moved.values()];
}
