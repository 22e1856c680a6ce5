import { slices } from '../../platform/core/slices';

/** What is told apart by its cluster; the model's `Target` is. */
type InCluster = Readonly<{ cluster: string }>;

/** A change copies one part and the list of parts; more or fewer targets in a part make one of the two copies longer. */
const PART = 32;

/**
 * The targets of a rollout by cluster name, in the order in which they came. Never changed in place: `with` gives another
 * one, which shares with this one everything but the few targets around those that changed. A plain record would be
 * copied as a whole at every event.
 */
export class Targets<T extends InCluster> {
  private constructor(
    private readonly places: ReadonlyMap<string, number>,
    private readonly parts: readonly (readonly T[])[],
  ) {}

  /** Of two for one cluster the later one counts. */
  static of<T extends InCluster>(targets: Iterable<T>): Targets<T> {
    const byCluster = new Map(Array.from(targets, (target) => [target.cluster, target]));
    const all = [...byCluster.values()];
    const places = new Map(all.map(({ cluster }, place) => [cluster, place]));
    return new Targets(places, slices(all, PART));
  }

  get size(): number {
    return this.places.size;
  }

  has(cluster: string): boolean {
    return this.places.has(cluster);
  }

  get(cluster: string): T | undefined {
    const place = this.places.get(cluster);
    return place === undefined ? undefined : this.parts[Math.floor(place / PART)]?.[place % PART];
  }

  all(): readonly T[] {
    return this.parts.flat();
  }

  clusters(): readonly string[] {
    return [...this.places.keys()];
  }

  /** These in place of those of the same clusters; new ones come last. */
  with(changed: readonly T[]): Targets<T> {
    if (!changed.every(({ cluster }) => this.has(cluster))) return Targets.of([...this.all(), ...changed]);
    const parts = [...this.parts];
    const copied = new Map<number, T[]>();
    for (const target of changed) {
      const place = this.places.get(target.cluster) ?? 0;
      const at = Math.floor(place / PART);
      const part = copied.get(at) ?? [...(parts[at] ?? [])];
      part[place % PART] = target;
      copied.set(at, part);
      parts[at] = part;
    }
    return new Targets(this.places, parts);
  }
}
