import type { Outcome, Row } from '../../frame/scenario';
import { median } from '../../frame/statistics';

/** Of one run; all but the first and the last per target. `sent`: commands of our own connection. */
export type Passed = Readonly<
  Record<'perSecond' | 'bytes' | 'commands' | 'sent' | 'redisUs' | 'ownUs' | 'missed', number>
>;
type Results = Readonly<Record<'ours' | 'bull' | 'stream', readonly Passed[]>>;

const LEAST = 100_000;
const MOST_BYTES = 60;

export function asTable(results: Results, targets: number): Outcome {
  const of = (arm: keyof Results, field: keyof Passed): number => median(results[arm].map((each) => each[field]));
  const row = (measure: string, field: keyof Passed, digits: number): Row => {
    const text = (arm: keyof Results): string =>
      of(arm, field).toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
    const ratio = (of('ours', field) / of('bull', field)).toFixed(2);
    return { measure, ours: text('ours'), peer: text('bull'), floor: text('stream'), ratio, target: '', met: null };
  };
  const [rate, bytes, sent] = [of('ours', 'perSecond'), of('ours', 'bytes'), of('ours', 'sent')];
  return {
    rows: [
      { ...row('targets per second', 'perSecond', 0), target: '≥ 100,000', met: rate >= LEAST },
      {
        ...row('bytes of Redis per target, enqueued', 'bytes', 0),
        target: `≤ ${MOST_BYTES}`,
        met: bytes <= MOST_BYTES,
      },
      { ...row('commands sent per target', 'sent', 3), peer: '', ratio: '', target: '≤ 1', met: sent <= 1 },
      row('commands per target with those of scripts', 'commands', 1),
      row('Redis per target, µs of its main thread', 'redisUs', 1),
      row('own processor time per target, µs', 'ownUs', 1),
    ],
    notes: [
      `${targets.toLocaleString('en')} targets: rollouts of 1,000 clusters in 10 waves, 100 workloads in each; a target is the restart of one workload.`,
      "Ours is the hub's own way: engine, admission under limits that refuse nothing, locks, marks, timers, events and " +
        'permits, with what comes from one wave taken in by one write for the acknowledgements and one for the results.',
      'The peer is one BullMQ job per restart, 50 at a time; the floor a stream that is written, read and acknowledged.',
      'Neither of the others keeps what became of a restart, a plan, a wave, an audit or a limit. The ratio is to the peer.',
      'Bytes are those of keys and values; what Redis keeps for two seconds for the next command of a connection, which is as ' +
        'long as the last one, is not among them. Names are short: uids have 8 characters, those of Kubernetes 36.',
      'Redis writes its log to disk at every write, for all of them.',
    ],
    missed: Object.entries(results).flatMap(([arm, runs]) =>
      runs.filter(({ missed }) => missed > 0).map(({ missed }) => `${missed} targets of ${arm}`),
    ),
  };
}
