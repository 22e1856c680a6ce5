import { systemClock } from '../simulator/clock';
import { Simulator } from '../simulator/simulator';
import type { FleetOptions } from './fleet-options';
import { ProcessFleet } from './process-fleet';

/** A fleet of simulated clusters: everything else in it is real. */
export function startSimulatedFleet(options: FleetOptions): Promise<ProcessFleet> {
  const simulator = new Simulator(systemClock);
  return ProcessFleet.start({ start: (name) => simulator.addCluster(name), stop: () => simulator.stop() }, options);
}
