import type { Scenario } from '../frame/scenario';
import { B1 } from './b1/b1';
import { B11 } from './b11/b11';
import { B2 } from './b2';
import { B3 } from './b3';
import { B4 } from './b4';
import { B5 } from './b5/b5';
import { B6 } from './b6';
import { B8 } from './b8/b8';
import { B9 } from './b9/b9';

/** All scenarios, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [B1, B2, B3, B4, B5, B6, B8, B9, B11];
