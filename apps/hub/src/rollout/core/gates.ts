import { isTerminalRollout } from '@app/contracts/phases';
import type { ResolvedGate } from '@app/contracts/policy/resolved';
import {
  aged,
  approved,
  askedAgain,
  type Gate,
  gateId,
  hasPassed,
  hasRefused,
  newGate,
  opened,
  rejected,
  voided,
} from './gate';
import type { Instant, Rollout, RolloutEvent, Wave, Why } from './model';
import { change, isOpen, isStopping, mapWaves, targetsOf } from './state';

type Side = ResolvedGate['side'];
type Gated = Pick<Wave, 'gates'>;

/** The part of a new wave that holds its gates; a wave without gates has no such part. */
export const newGates = (rollout: string, wave: string, rules: readonly ResolvedGate[]): Gated =>
  rules.length === 0 ? {} : { gates: rules.map((rule) => newGate(gateId(rollout, wave, rule), rule)) };

export const gatesOf = ({ gates = [] }: Wave): readonly Gate[] => gates;

const onSide =
  (side: Side) =>
  ({ rule }: Gate): boolean =>
    rule.side === side;

/** Gates of the side that what comes after them still waits for. */
export const closedOn = (wave: Wave, side: Side): readonly Gate[] =>
  gatesOf(wave).filter((gate) => onSide(side)(gate) && !hasPassed(gate));

/** The wave with all gates of a side open; those that were decided before stay as they are. */
export function withOpen(rollout: Rollout, wave: Wave, { side, at }: Readonly<{ side: Side; at: Instant }>): Wave {
  return mapGates(wave, (gate) => {
    if (!onSide(side)(gate) || gate.state !== 'NotOpen') return gate;
    const before = grantedBefore(rollout, wave, gate);
    return before === undefined ? opened(gate, at) : grantedAs(gate, before, at);
  });
}

/** A wave that no policy names has the gates of the last one; what people approved there counts for it, too. */
function grantedBefore({ spec, waves }: Rollout, wave: Wave, { rule }: Gate): Gate | undefined {
  if (rule.type !== 'approval' || spec.waves.some(({ name }) => name === wave.name)) return undefined;
  const last = waves.find(({ name }) => name === spec.waves.at(-1)?.name);
  return last?.gates?.find((gate) => {
    return gate.rule.side === rule.side && gate.rule.name === rule.name && gate.state === 'Approved';
  });
}

const grantedAs = (gate: Gate, { id, given }: Gate, at: Instant): Gate => ({
  ...gate,
  ...{ state: 'Approved', openedAt: at, given, reason: 'Approved', message: `approved as gate ${id}` },
});

/** Keeps the identity of the wave and of every gate that `update` returns as it was. */
function mapGates(wave: Wave, update: (gate: Gate) => Gate): Wave {
  if (wave.gates === undefined) return wave;
  const gates = wave.gates.map(update);
  return gates.every((gate, index) => gate === wave.gates?.[index]) ? wave : { ...wave, gates };
}

/** Lets time work on gates that are open. */
export const ageGates = (rollout: Rollout, at: Instant): Rollout =>
  mapWaves(rollout, (wave) => mapGates(wave, (gate) => aged(gate, at)));

/** Gates that nothing waits for any more are void. */
export function voidGates(rollout: Rollout): Rollout {
  const over = isTerminalRollout(rollout.phase) || isStopping(rollout);
  return mapWaves(rollout, (wave) => (over || wave.finishedAt !== null ? mapGates(wave, voided) : wave));
}

/** After people looked at why a rollout halted: whatever refused is asked anew. */
export const reopenGates = (rollout: Rollout): Rollout => mapWaves(rollout, (wave) => mapGates(wave, askedAgain));

/** Waves that stand at gates say what those say. */
export const tellGated = (rollout: Rollout): Rollout =>
  mapWaves(rollout, (wave) => {
    if (wave.finishedAt !== null || (wave.phase !== 'GateBefore' && wave.phase !== 'GateAfter')) return wave;
    const [first, ...more] = closedOn(wave, wave.phase === 'GateBefore' ? 'before' : 'after');
    if (first === undefined) return change(wave, PASSED);
    return change(wave, { reason: first.reason, message: [first, ...more].map(({ message }) => message).join('; ') });
  });

const PASSED: Why = { reason: 'GatePassed', message: 'its gates are passed; it goes on with the rollout' };

/** A gate that people or time have refused; what has no work left behind it stops nothing. */
export function gateCause(rollout: Rollout): Why | null {
  for (const wave of rollout.waves) {
    const refused = gatesOf(wave).find(hasRefused);
    const moot = refused?.rule.side === 'before' && !targetsOf(rollout, wave).some(isOpen);
    if (refused !== undefined && !moot) return { reason: refused.reason, message: refused.message };
  }
  return null;
}

export type Found = Readonly<{ wave: Wave; gate: Gate }>;

export function findGate({ waves }: Rollout, id: string): Found | undefined {
  for (const wave of waves) {
    const gate = gatesOf(wave).find((each) => each.id === id);
    if (gate !== undefined) return { wave, gate };
  }
  return undefined;
}

/** Records what somebody said about a gate; about one that is not open it changes nothing: when a rollout ends they are void. */
export function decided(rollout: Rollout, event: Extract<RolloutEvent, { type: 'approved' | 'rejected' }>): Rollout {
  const decision = { actor: event.actor, at: event.at, why: event.why };
  return mapWaves(rollout, (wave) =>
    mapGates(wave, (gate) => {
      const now = aged(gate, event.at);
      // Whether it has expired is for the next look to decide.
      if (gate.id !== event.gate || now.state !== 'Open') return gate;
      return event.type === 'approved' ? approved(now, decision) : rejected(now, decision);
    }),
  );
}

/** When time alone does something to the gates of a wave. */
export const gateDues = (wave: Wave): readonly Instant[] =>
  gatesOf(wave).flatMap(({ state, until }) => (state === 'Open' && until !== null ? [until] : []));

/** After a step of the clock a gate has as much time left as before; a time of day is that time of day. */
export const gatesOnClock = (wave: Wave, by: number): Gated =>
  wave.gates === undefined
    ? {}
    : {
        gates: wave.gates.map((gate) =>
          gate.until === null || gate.rule.type === 'schedule' ? gate : change(gate, { until: gate.until + by }),
        ),
      };

type GateWait = Readonly<{ reason: string; until: Instant | null; detail: string; gate: string }>;

/** What the open gates of a wave wait for. */
export const gateWaits = (wave: Wave, now: Instant): readonly GateWait[] =>
  gatesOf(wave)
    .filter(({ state }) => state === 'Open')
    .map(({ id, reason, message, until }) => ({
      ...{ reason, detail: message, gate: id },
      until: until !== null && until > now ? until : null,
    }));
