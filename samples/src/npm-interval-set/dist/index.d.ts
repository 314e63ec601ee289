export interface Interval {
  readonly start: number;
  readonly end: number;
}

export declare class IntervalSet {
  private constructor(intervals: readonly Interval[]);
  static of(...intervals: Interval[]): IntervalSet;
  union(other: IntervalSet): IntervalSet;
  intersect(other: IntervalSet): IntervalSet;
  has(value: number): boolean;
  toArray(): Interval[];
}
