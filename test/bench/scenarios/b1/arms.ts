import {
  type Contestant,
  type Ground,
  makeField,
  startFloor,
  startReloader,
  startStandalone,
} from '../../frame/contestants';
import type { Field } from '../../frame/field';
import type { Arm } from '../../frame/rounds';
import { appsOf, Site } from '../../frame/site';
import { startThroughHub } from '../../frame/through-hub';

/** Applications per program: one ConfigMap and one Deployment each. */
const APPS = appsOf(10);

export interface TickArm extends Arm {
  readonly site: Site;
  /** Its processes, by what they are called in the result. */
  readonly processes: Readonly<Record<string, number>>;
}

/** A namespace to itself for every program: all run all the time, and only the one whose turn it is has work. */
export async function startArms(ground: Ground): Promise<readonly TickArm[]> {
  const floor = tickArm(await startFloor(ground, APPS), 'floor');
  const hub = await hubArm(ground);
  const standalone = tickArm(await startStandalone(ground, APPS), 'agent');
  const peer = tickArm(await startReloader(ground, APPS), 'peer');
  return [floor, hub, standalone, peer];
}

const tickArm = ({ name, field, pid }: Contestant, process: string): TickArm => ({
  name,
  site: siteOf(field),
  processes: { [process]: pid },
});

const siteOf = (field: Field): Site =>
  new Site(
    field,
    APPS.map(({ name }) => name),
  );

async function hubArm(ground: Ground): Promise<TickArm> {
  const field = await makeField(ground, 'hub', APPS);
  const { processes } = await startThroughHub(ground, { namespace: field.namespace, workloads: APPS.length });
  return { name: 'hub', site: siteOf(field), processes };
}
