import fc from 'fast-check';
import { SOURCE_KINDS, WORKLOAD_KINDS } from '@app/contracts/objects';
import { toLabelSelector } from '../../apps/agent/src/config/core/label-selector';
import { FLAGS } from '../../apps/agent/src/config/core/flag-table';
import { EnvironmentReader } from '../../apps/agent/src/config/environment';
import { readModes } from '../../apps/agent/src/config/modes';
import { flagReader, readReloaderFlags } from '../../apps/agent/src/config/reloader-flags';
import { RELOADER_KEYS } from '../../apps/agent/src/inventory/core/annotation-keys';
import { readKeysMode } from '../../apps/agent/src/inventory/core/key-uses';
import { canonicalSource } from '../../apps/agent/src/inventory/core/canonical';
import { membersOf } from '../../apps/agent/src/inventory/core/membership';
import { NO_MARKS, optsIn, reactionTo, readMarks, readOptIn } from '../../apps/agent/src/inventory/core/opt-in';
import { pauseLeftMs, pauseWarnings, readPause } from '../../apps/agent/src/inventory/core/pause';
import { readSource, readWorkload } from '../../apps/agent/src/inventory/core/records';
import { completionOf, stillness } from '../../apps/agent/src/inventory/core/rollout-status';
import { readPodStatus } from '../../apps/agent/src/inventory/core/secret-class';
import { readWish } from '../../apps/agent/src/inventory/core/unreachable';
import { Fingerprinter } from '../../apps/agent/src/inventory/fingerprint';
import { isKubeObject } from '../../apps/agent/src/kube/core/json';
import { LineSplitter } from '../../apps/agent/src/watch/lines';
import { endingOf, initialState, onLine } from '../../apps/agent/src/watch/core/watch-loop';
import { readWatchLine } from '../../apps/agent/src/watch/core/watch-line';
import { annotations, json, kubeObject, text } from './arbitraries';

/** A parser of the agent with what it is fed. `feed` throws when the parser does what it must not. */
export type Target = Readonly<{ name: string; property: fc.IRawProperty<unknown> }>;

const OPTIONS = { keys: RELOADER_KEYS, autoReloadAll: true, ignoredKinds: [], runSuspendedCronJobs: false };
const NAMES = ['app', 'app-config', 'x'.repeat(253)];
/** What a person is told of one workload has an end. */
const MOST_WARNINGS = 20;
const MOST_WARNING_LENGTH = 400;

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function checkWarnings(warnings: readonly string[]): void {
  must(warnings.length <= MOST_WARNINGS, 'more is told than anyone reads');
  must(
    warnings.every((warning) => warning.length <= MOST_WARNING_LENGTH),
    'a warning repeats all that it was given',
  );
}

const annotationTarget = fc.property(annotations, annotations, (metadata, template) => {
  const optIn = readOptIn(metadata, template, OPTIONS);
  optsIn(optIn);
  checkWarnings(optIn.warnings);
  const marks = readMarks(metadata, RELOADER_KEYS);
  for (const kind of SOURCE_KINDS) for (const name of NAMES) reactionTo(optIn.kinds[kind], name, marks, true);
  const levels = { metadata, template, keys: RELOADER_KEYS };
  const pause = readPause('Deployment', levels);
  const left = pauseLeftMs({ pause }, 1_700_000_000_000);
  must(left === null || (left >= 0 && Number.isFinite(left)), 'a pause without end');
  checkWarnings([...pauseWarnings('Deployment', levels), ...pauseWarnings('DaemonSet', levels)]);
  checkWarnings([...readWish(metadata, template).warnings, ...readKeysMode(metadata, template).warnings]);
});

const selectorTarget = fc.property(fc.array(text, { maxLength: 3 }), (parts) => {
  const first = toLabelSelector(parts);
  if ('problem' in first) return;
  const again = toLabelSelector([first.selector]);
  must('selector' in again && again.selector === first.selector, 'a selector that is read again is another');
});

const flagWord = fc.oneof(
  fc.constantFrom(...Object.keys(FLAGS)).map((flag) => `--${flag}`),
  fc.tuple(fc.constantFrom(...Object.keys(FLAGS)), text).map(([flag, value]) => `--${flag}=${value}`),
  text.map((word) => `--${word}`),
  text,
);

const flagTarget = fc.property(fc.array(flagWord, { maxLength: 6 }), text, (argv, namespace) => {
  const env = { KUBERNETES_NAMESPACE: namespace };
  const reader = flagReader(argv, env);
  const flags = readReloaderFlags(reader, env);
  readModes(new EnvironmentReader(env), reader, flags.enableHa);
  must(
    flags.ignoredWorkloadKinds.every((kind) => WORKLOAD_KINDS.includes(kind)),
    'a kind that there is not',
  );
  must(Number.isFinite(flags.coalesceMs) || reader.problems.length > 0, 'a wait without end');
});

const encoder = new TextEncoder();
const watchBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(
      fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'x'),
      fc.oneof(kubeObject, json),
      fc.nat(),
    )
    .map(([type, object, cut]) => {
      const line = JSON.stringify({ type, object });
      return encoder.encode(cut % 3 === 0 ? `${line.slice(0, cut % line.length)}\n` : `${line}\n`);
    }),
);

const watchTarget = fc.property(fc.array(watchBytes, { maxLength: 4 }), (chunks) => {
  const splitter = new LineSplitter();
  let state = initialState;
  for (const chunk of chunks)
    for (const line of splitter.push(chunk)) {
      const read = readWatchLine(line);
      endingOf(state, read);
      state = onLine(state, read);
    }
  must(splitter.pending() <= chunks.reduce((sum, chunk) => sum + chunk.length, 0), 'bytes from nowhere');
});

const fingerprinter = new Fingerprinter(Buffer.alloc(32, 1));
const digest = (whole: string): string => String(whole.length);

const recordTarget = fc.property(kubeObject, fc.constantFrom(...WORKLOAD_KINDS), (value, kind) => {
  const object: unknown = JSON.parse(JSON.stringify(value));
  if (!isKubeObject(object)) throw new Error('not what it should have been made as');
  const { name, namespace = '' } = object.metadata;
  const reading = { options: OPTIONS, digest, before: undefined };
  const record = readWorkload({ kind, namespace, name }, object, reading);
  readWorkload({ kind, namespace, name }, object, { ...reading, before: record });
  checkWarnings(record.optIn.warnings);
  completionOf(record.status);
  stillness(record.status);
  const known = { marks: () => NO_MARKS, names: () => NAMES };
  membersOf(record, known, { keys: new Set(), appearing: true });
  readSource({ kind: 'Secret', namespace, name }, object, RELOADER_KEYS);
  readPodStatus(object);
  for (const source of ['ConfigMap', 'Secret'] as const)
    fingerprinter.revision(canonicalSource({ kind: source, namespace, name }, object));
});

export const TARGETS: readonly Target[] = [
  { name: 'annotations', property: annotationTarget },
  { name: 'selectors', property: selectorTarget },
  { name: 'flags', property: flagTarget },
  { name: 'watch lines', property: watchTarget },
  { name: 'objects', property: recordTarget },
];
