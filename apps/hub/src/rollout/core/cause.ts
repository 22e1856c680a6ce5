import { objectKey } from '@app/contracts/objects';
import type { Cause } from './model';

/** Of all rollouts with the same lineage under one policy at most one is active. */
export const lineageOf = ({ source, asked }: Pick<Cause, 'source' | 'asked'>): string =>
  source === null ? `workloads/${asked?.digest ?? ''}` : objectKey(source);

/** Its restarts happen although nothing new is to be brought. */
export const isForced = ({ cause }: Readonly<{ cause: Pick<Cause, 'asked'> }>): boolean => cause.asked?.force === true;
