import type { SourceRef, WorkloadRef } from '@app/contracts/objects';
import { UsageFailure } from '../failure';
import { type Read, readSource, readWorkload } from './core/object-name';

/** @throws UsageFailure */
export const sourceArgument = (text: string): SourceRef => valueOf(readSource(text));

/** @throws UsageFailure */
export const workloadArgument = (text: string): WorkloadRef => valueOf(readWorkload(text));

function valueOf<T>(read: Read<T>): T {
  if (read.ok) return read.value;
  throw new UsageFailure(read.problem);
}
