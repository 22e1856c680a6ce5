import { parseDuration } from './amounts';
import { readApprover } from './approvers';
import type { GateSpec, GateSpecs } from './gate-schema';
import { type GateTime, parseGateTime } from './gate-time';
import type { PolicyProblem } from './problems';
import type { ResolvedGate } from './resolved';

type Side = ResolvedGate['side'];
const SIDES: readonly Side[] = ['before', 'after'];
type Fault = Readonly<{ field: keyof GateSpec; code: string; detail: string }>;

/** The keys that say something for each type, beside type and name. */
const KEYS: Readonly<Record<GateSpec['type'], readonly (keyof GateSpec)[]>> = {
  approval: ['approvers', 'count', 'expiresAfter', 'onExpire', 'notRequester'],
  schedule: ['at', 'timezone'],
  wait: ['for'],
};

/** What a schema can not say about gates: keys that go with their type, unique names, approvals that can be given. */
export const gateProblems = (waves: readonly Readonly<{ gates?: GateSpecs | undefined }>[]): PolicyProblem[] =>
  waves.flatMap((wave, index) =>
    SIDES.flatMap((side) =>
      (wave.gates?.[side] ?? []).flatMap((gate, place, all) =>
        [...sameName(gate, place, all), ...foreignKeys(gate), ...faultsOf(gate)].map(({ field, code, detail }) => ({
          pointer: `/spec/waves/${index}/gates/${side}/${place}/${field}`,
          code,
          detail,
        })),
      ),
    ),
  );

function sameName({ name }: GateSpec, place: number, all: readonly GateSpec[]): Fault[] {
  const first = all.findIndex((other) => other.name === name);
  if (name === undefined || first === place) return [];
  return [{ field: 'name', code: 'DUPLICATE_NAME', detail: `gate ${first} has the name "${name}" already` }];
}

const foreignKeys = (gate: GateSpec): Fault[] =>
  (Object.keys(gate) as (keyof GateSpec)[])
    .filter((key) => key !== 'type' && key !== 'name' && gate[key] !== undefined && !KEYS[gate.type].includes(key))
    .map((field) => ({ field, code: 'EXCLUSIVE', detail: `says nothing for a gate of type ${gate.type}` }));

function faultsOf(gate: GateSpec): Fault[] {
  switch (gate.type) {
    case 'approval':
      return [...tooFew(gate), ...noExpiry(gate)];
    case 'schedule':
      return gate.at === undefined ? [required('at', 'when the way opens, such as "Tue 02:00"')] : [];
    case 'wait':
      return gate.for === undefined ? [required('for', 'how long, such as 2h')] : [];
  }
}

function tooFew({ approvers = [], count = 1 }: GateSpec): Fault[] {
  const named = approvers.flatMap((text) => readApprover(text) ?? []);
  const people = new Set(named.map(({ name }) => name)).size;
  if (named.length === 0 || named.some(({ kind }) => kind !== 'user') || count <= people) return [];
  return [{ field: 'count', code: 'RANGE', detail: `only ${people} may approve: it could never be reached` }];
}

const noExpiry = ({ onExpire, expiresAfter }: GateSpec): Fault[] =>
  onExpire !== undefined && expiresAfter === undefined
    ? [required('expiresAfter', 'after how long onExpire is to happen')]
    : [];

const required = (field: keyof GateSpec, what: string): Fault => ({ field, code: 'REQUIRED', detail: `say ${what}` });

/** The gates of a wave that schema and `gateProblems` accepted, with every default written out. */
export const resolveGates = (gates: GateSpecs | undefined): readonly ResolvedGate[] =>
  SIDES.flatMap((side) => {
    const named = withNames(gates?.[side] ?? []);
    return named.map(({ gate, name }) => resolveGate(gate, { name, side }));
  });

/** A gate without a name is called by its type; the second of a type has a number. */
function withNames(gates: readonly GateSpec[]): readonly Readonly<{ gate: GateSpec; name: string }>[] {
  const taken = new Set(gates.flatMap(({ name }) => name ?? []));
  return gates.map((gate) => {
    let name = gate.name ?? gate.type;
    for (let n = 2; gate.name === undefined && taken.has(name); n++) name = `${gate.type}-${n}`;
    taken.add(name);
    return { gate, name };
  });
}

function resolveGate(gate: GateSpec, named: Readonly<{ name: string; side: Side }>): ResolvedGate {
  switch (gate.type) {
    case 'approval':
      return { ...named, ...resolveApproval(gate) };
    case 'schedule': {
      const at = parseGateTime(gate.at ?? '') ?? NEVER;
      return { ...named, type: 'schedule', at, zone: gate.timezone ?? 'UTC' };
    }
    case 'wait':
      return { ...named, type: 'wait', forMs: length(gate.for) ?? 0 };
  }
}

/** What can not be read never comes: `gateProblems` has seen to it that there is none. */
const NEVER: GateTime = { type: 'recurring', weekdays: [], minute: 0 };

const length = (text: string | undefined): number | null => (text === undefined ? null : (parseDuration(text) ?? null));

const resolveApproval = ({ approvers, count = 1, expiresAfter, onExpire = 'hold', notRequester = false }: GateSpec) =>
  ({
    type: 'approval',
    approvers: approvers?.flatMap((text) => readApprover(text) ?? []) ?? null,
    ...{ count, expiresAfterMs: length(expiresAfter), onExpire, notRequester },
  }) as const;

/** Before a wave, one approval by anybody who may approve, without an end. */
export const PLAIN_APPROVAL: ResolvedGate = resolveGate({ type: 'approval' }, { name: 'approval', side: 'before' });
