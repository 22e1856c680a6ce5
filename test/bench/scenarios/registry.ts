import type { Scenario } from '../frame/scenario';
import { B1 } from './b1/b1';

/** All scenarios, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [B1];
