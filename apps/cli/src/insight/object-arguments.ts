import type { SourceRef, WorkloadRef } from '@app/contracts/objects';
import { UsageFailure } from '../failure';
import { type Read, readSource, readWorkload } from './core/object-name';

/** @throws UsageFailure */
export const sourceArgument = (text: string): SourceRef => valueOf(readSource(text));

/** @throws UsageFailure */
export const workloadArgument = (text: string): WorkloadRef => valueOf(readWorkload(text));

type Started = Readonly<{ source: SourceRef } | { workloads: readonly WorkloadRef[] }>;

/** One source, or any number of workloads. @throws UsageFailure */
export function startedArguments(texts: readonly string[]): Started {
  const [first = ''] = texts;
  const source = readSource(first);
  if (source.ok && texts.length === 1) return { source: source.value };
  if (source.ok) throw new UsageFailure('name either one source or workloads');
  if (texts.length === 1 && !readWorkload(first).ok) throw new UsageFailure(eitherKind(first));
  return { workloads: texts.map(workloadArgument) };
}

const eitherKind = (text: string): string =>
  `"${text}" has to be KIND/NAMESPACE/NAME of a source or of a workload, for example Secret/shop/db or Deployment/shop/web`;

function valueOf<T>(read: Read<T>): T {
  if (read.ok) return read.value;
  throw new UsageFailure(read.problem);
}
