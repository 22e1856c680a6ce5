import { ClockInDoubt } from './clock';
import { StoreRecovering } from './hub-meta';
import { StoreUnavailable } from './redis';

/** Whether an error says that nothing can be done for anybody now: whoever goes through many need not try the next one. */
export const isOutage = (error: unknown): boolean =>
  [StoreUnavailable, ClockInDoubt, StoreRecovering].some((type) => error instanceof type);
