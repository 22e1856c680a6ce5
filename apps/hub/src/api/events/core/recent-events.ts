import type { EventView } from '@app/contracts/api/views';
import { sseFrame } from './event-entry';

/** An event and its frame, written out once for all who get it unchanged. */
export type TailEntry = Readonly<{ event: EventView; frame: string }>;

export const tailEntry = (event: EventView): TailEntry => ({ event, frame: sseFrame(event) });

/** Whether a stream id is later than another. The sequence may be larger than a number can say: longer digits are more. */
export function isAfter(one: string, other: string): boolean {
  const [oneAt = '', oneSeq = ''] = one.split('-');
  const [otherAt = '', otherSeq = ''] = other.split('-');
  const ahead = Number(oneAt) - Number(otherAt) || oneSeq.length - otherSeq.length;
  return ahead === 0 ? oneSeq > otherSeq : ahead > 0;
}

export const laterId = (one: string, other: string): string => (isAfter(other, one) ? other : one);

/** The newest events without a gap, so that who has read the stream up to a moment ago can join without losing one. */
export class RecentEvents {
  private kept: TailEntry[] = [];

  /** @param floor every event after this id that was ever added is still here, until more than `most` are. */
  constructor(
    private floor: string,
    private readonly most: number,
  ) {}

  /** Joining works from this id on. */
  get reach(): string {
    return this.floor;
  }

  add(entries: readonly TailEntry[]): void {
    this.kept.push(...entries);
    if (this.kept.length <= 2 * this.most) return; // forgets in strides: one copy in `most` events
    const gone = this.kept.length - this.most;
    this.floor = this.kept[gone - 1]?.event.id ?? this.floor;
    this.kept = this.kept.slice(gone);
  }

  /** What came after an id; undefined when it lies further back than what is kept. */
  after(id: string): readonly TailEntry[] | undefined {
    return isAfter(this.floor, id) ? undefined : this.kept.filter(({ event }) => isAfter(event.id, id));
  }
}
