import type { SourceRef, WorkloadRef } from '@app/contracts/objects';
import { UsageFailure } from '../failure';
import { type Read, readKind, readSource, readWorkload } from './core/object-name';

/** @throws UsageFailure */
export const sourceArgument = (text: string): SourceRef => valueOf(readSource(text));

/** @throws UsageFailure */
export const workloadArgument = (text: string): WorkloadRef => valueOf(readWorkload(text));

/** The kind that `--kind` names. @throws UsageFailure */
export function kindArgument(text: string, kinds: readonly string[]): string {
  const kind = readKind(text, kinds);
  if (kind === undefined) throw new UsageFailure(`--kind ${text}: must be one of ${kinds.join(', ')}`);
  return kind;
}

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
