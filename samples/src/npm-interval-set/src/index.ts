/** A half-open interval: `start` belongs to it, `end` does not. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** An immutable set of numbers kept as sorted intervals that do not touch. */
export class IntervalSet {
  private constructor(private readonly intervals: readonly Interval[]) {}

  static of(...intervals: Interval[]): IntervalSet {
    const sorted = intervals.filter((i) => i.start < i.end).sort((a, b) => a.start - b.start);
    const merged: Interval[] = [];
    for (const next of sorted) {
      const last = merged[merged.length - 1];
      if (last !== undefined && next.start <= last.end) {
        merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, next.end) };
      } else {
        merged.push(next);
      }
    }
    return new IntervalSet(merged);
  }

  union(other: IntervalSet): IntervalSet {
    return IntervalSet.of(...this.intervals, ...other.intervals);
  }

  intersect(other: IntervalSet): IntervalSet {
    const shared: Interval[] = [];
    let [i, j] = [0, 0];
    while (i < this.intervals.length && j < other.intervals.length) {
      const a = this.intervals[i];
      const b = other.intervals[j];
      shared.push({ start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) });
      if (a.end < b.end) i++;
      else j++;
    }
    return IntervalSet.of(...shared);
  }

  has(value: number): boolean {
    return this.intervals.some((i) => i.start <= value && value < i.end);
  }

  toArray(): Interval[] {
    return this.intervals.map((i) => ({ ...i }));
  }
}
