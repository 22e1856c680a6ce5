import type { Outcome, Row } from '../../frame/scenario';
import { median } from '../../frame/statistics';
import type { Life } from './contestants';

export type Measured = Readonly<{
  bySize: ReadonlyMap<number, Lives>;
  /** The whole list, read and dropped. */
  listMs: number;
  /** The whole list, streamed by a watch, read and dropped. */
  streamMs: number;
  rounds: number;
  /** Secrets of 1 MB: of releases, and then of the usual type beside them. */
  large: number;
  helm: Lives;
  opaque: Lives;
}>;

type Lives = ReadonlyMap<string, readonly Life[]>;

const MIB = 1024 * 1024;
const BUDGET_MIB = 75;
const MOST_KIB_PER_SECRET = 1.5;
/** Starts differ by so much from each other. */
const NOISE_MIB = 2;

export function outcomeOf(measured: Measured): Outcome {
  const { bySize, rounds, large, helm, opaque } = measured;
  const sizes = [...bySize.keys()];
  const most = sizes.at(-1) ?? 0;
  return {
    rows: [
      ...sizes.map((size) => memoryRow(`memory with ${size}, MiB`, lives(bySize, size), false)),
      ...sizes.map((size) => memoryRow(`peak with ${size}, MiB`, lives(bySize, size), true)),
      slopeRow(bySize, sizes),
      ...syncRows(measured, most),
      helmRow(lives(bySize, most), helm, large),
      largeRow(opaque, large),
    ],
    notes: [
      `Secrets of 8 KB with four keys, in twenty namespaces; each program is started anew at each size, ${rounds} times, and alone. Of several starts the worst counts for ours, the median for others. Memory is VmRSS once the program is idle, peak is VmHWM.`,
      peerOf(lives(bySize, most)) === 'P1'
        ? 'The peer is Stakater Reloader itself, as RELOADER_BIN named it.'
        : "The peer is P2, the official client's informer in Node, which keeps every object whole: the model of Reloader keeps nothing. Set RELOADER_BIN to measure Reloader itself.",
      'The agent has its first list streamed, which spares the server its memory and takes it longer than a LIST in pages.',
      'The floor is a Node process that has loaded an HTTPS client and does nothing. With few Secrets Reloader takes less than any program in Node.',
    ],
    missed: [],
  };
}

const lives = (bySize: Measured['bySize'], size: number): Lives => bySize.get(size) ?? new Map<string, Life[]>();
const peerOf = (all: Lives): string => (all.has('P1') ? 'P1' : 'P2');

const worst = (all: Lives, name: string, of: (life: Life) => number): number =>
  Math.max(...(all.get(name) ?? []).map(of));
const middle = (all: Lives, name: string, of: (life: Life) => number): number => median((all.get(name) ?? []).map(of));

const resident = ({ residentMiB }: Life): number => residentMiB;
const peak = ({ peakMiB }: Life): number => peakMiB;

function memoryRow(measure: string, all: Lives, atPeak: boolean): Row {
  const of = atPeak ? peak : resident;
  const [ours, peer] = [worst(all, 'standalone', of), middle(all, peerOf(all), of)];
  return {
    measure,
    ours: ours.toFixed(1),
    peer: peer.toFixed(1),
    floor: middle(all, 'nothing', of).toFixed(1),
    ratio: `${(ours / peer).toFixed(2)} × peer`,
    target: `≤ ${BUDGET_MIB}`,
    met: ours <= BUDGET_MIB,
  };
}

function slopeRow(bySize: Measured['bySize'], sizes: readonly number[]): Row {
  const slope = (name: string): number => {
    const points = sizes.map((n) => ({ n, mib: middle(lives(bySize, n), name, resident) }));
    return slopeOf(points) * 1024;
  };
  const [ours, peer] = [slope('standalone'), slope(peerOf(lives(bySize, 0)))];
  return {
    measure: 'memory per Secret, KiB',
    ours: ours.toFixed(2),
    peer: peer.toFixed(2),
    floor: '',
    ratio: `${(ours / peer).toFixed(2)} × peer`,
    target: `≤ ${MOST_KIB_PER_SECRET}`,
    met: ours <= MOST_KIB_PER_SECRET,
  };
}

/** MiB per object, by least squares. */
function slopeOf(points: readonly Readonly<{ n: number; mib: number }>[]): number {
  const meanN = points.reduce((sum, { n }) => sum + n, 0) / points.length;
  const meanMib = points.reduce((sum, { mib }) => sum + mib, 0) / points.length;
  const covariance = points.reduce((sum, { n, mib }) => sum + (n - meanN) * (mib - meanMib), 0);
  return covariance / points.reduce((sum, { n }) => sum + (n - meanN) ** 2, 0);
}

function syncRows({ bySize, listMs, streamMs }: Measured, most: number): Row[] {
  const took = (name: string): number =>
    middle(lives(bySize, most), name, ({ readyMs }) => readyMs) -
    middle(lives(bySize, 0), name, ({ readyMs }) => readyMs);
  const ours = took('standalone');
  const row = (beside: string, floor: number): Row => ({
    measure: `time to take in ${most}, beside ${beside}, s`,
    ours: (ours / 1000).toFixed(2),
    peer: (took(peerOf(lives(bySize, most))) / 1000).toFixed(2),
    floor: (floor / 1000).toFixed(2),
    ratio: (ours / floor).toFixed(2),
    target: `≤ 1.3 × ${beside}`,
    met: ours <= 1.3 * floor,
  });
  return [row('a bare LIST', listMs), row('a bare streamed list', streamMs)];
}

function helmRow(before: Lives, after: Lives, large: number): Row {
  const more = middle(after, 'standalone', resident) - middle(before, 'standalone', resident);
  const received = ({ received: bytes }: Life): number => bytes / MIB;
  const moreReceived = middle(after, 'standalone', received) - middle(before, 'standalone', received);
  return {
    measure: `${large} Helm releases of 1 MB more: memory, bytes received, MiB`,
    ours: `${more.toFixed(1)}, ${moreReceived.toFixed(1)}`,
    peer: '',
    floor: '',
    ratio: '',
    target: 'nothing',
    met: more <= NOISE_MIB && moreReceived <= NOISE_MIB,
  };
}

const largeRow = (all: Lives, large: number): Row => ({
  measure: `${large} other Secrets of 1 MB more: memory, peak, MiB`,
  ours: `${worst(all, 'standalone', resident).toFixed(1)}, ${worst(all, 'standalone', peak).toFixed(1)}`,
  peer: '',
  floor: '',
  ratio: '',
  target: '',
  met: null,
});
