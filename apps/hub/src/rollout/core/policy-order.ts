import type { UnderWay } from './fleet-now';
import type { Rollout, Why } from './model';
import { namesText } from './state';

/**
 * What a rollout waits for before it begins, because its policy comes after others; null: nothing.
 * @param ahead undefined: it is not known what is under way
 */
export function policyWait({ spec, policy }: Rollout, ahead: readonly UnderWay[] | undefined): Why | null {
  const { policiesBefore = [] } = spec;
  if (policiesBefore.length === 0) return null;
  if (ahead === undefined) return wait(`it is not known yet what is under way of policy ${namesText(policiesBefore)}`);
  const first = ahead.filter((each) => policiesBefore.includes(each.policy));
  const circle = first.map((each) => wayTo(policy.name, [each], ahead)).find((way) => way !== undefined);
  if (circle !== undefined) return deadlock(policy.name, circle);
  return first.length === 0 ? null : wait(`waits for ${namesText(first.map(named))}`);
}

const wait = (message: string): Why => ({ reason: 'PolicyOrder', message });

const named = ({ id, policy, phase }: UnderWay): string => `rollout ${id} of policy ${policy}, which is ${phase}`;

type Way = readonly UnderWay[];

/** Rollouts of which each waits for the next, and the last for the policy; undefined: they do not lead there. */
function wayTo(policy: string, way: Way, ahead: readonly UnderWay[]): Way | undefined {
  const last = way.at(-1);
  if (last === undefined || last.waitsFor.includes(policy)) return last && way;
  const next = ahead.filter((each) => last.waitsFor.includes(each.policy) && !way.includes(each));
  for (const each of next) {
    const found = wayTo(policy, [...way, each], ahead);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Policies can not be stored that wait for each other; rollouts that were made under older versions of them can. */
function deadlock(policy: string, circle: Way): Why {
  const chain = circle.map(({ id, policy: of }) => `rollout ${id} of policy ${of}`).join(', which waits for ');
  const message = `nothing can go on: waits for ${chain}, which waits for policy ${policy}`;
  return { reason: 'Deadlock', message };
}
