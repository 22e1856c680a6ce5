import type { ObjectEvent } from '../kube.port';

/** Repeats of one event within this time are counted in it; after it a new one is made. */
const SERIES_MS = 6 * 60_000;
/** Old series are forgotten beyond this many. */
const MOST_SERIES = 512;

/** One Kubernetes Event and how often it was observed. */
export type Series = {
  readonly key: string;
  readonly name: string;
  readonly event: ObjectEvent;
  count: number;
  firstAt: number;
  lastAt: number;
};

const keyOf = ({ regarding, type, reason, note }: ObjectEvent): string =>
  [regarding.uid, regarding.kind, type, reason, note].join('\n');

/** The same thing said again about the same object is one Event with a count, as Kubernetes' own recorder does it. */
export class EventSeries {
  private readonly byKey = new Map<string, Series>();
  private made = 0;

  /** The series this observation belongs to; `count` is 1 for a new one. `at`: epoch ms. */
  observe(event: ObjectEvent, at: number): Series {
    const key = keyOf(event);
    const known = this.byKey.get(key);
    this.byKey.delete(key);
    // A clock that was set back makes no series endless: the API server forgets an Event after its own time.
    const series = known && Math.abs(at - known.lastAt) < SERIES_MS ? known : this.begin(key, event, at);
    series.count += 1;
    series.lastAt = at;
    this.byKey.set(key, series);
    this.forgetOldest();
    return series;
  }

  private begin(key: string, event: ObjectEvent, at: number): Series {
    this.made += 1;
    // An Event's name needs to be unique and no longer than 253; the object's own name may be that long.
    const name = `${event.regarding.name.slice(0, 200)}.${at.toString(16)}${this.made.toString(16)}`;
    return { key, name, event, count: 0, firstAt: at, lastAt: at };
  }

  private forgetOldest(): void {
    if (this.byKey.size <= MOST_SERIES) return;
    const [oldest] = this.byKey.keys();
    if (oldest !== undefined) this.byKey.delete(oldest);
  }
}
