import assert from 'node:assert';
import { test } from 'node:test';
import { IntervalSet } from '../dist/index.js';

test('touching intervals become one', () => {
  const set = IntervalSet.of({ start: 3, end: 5 }, { start: 1, end: 3 });
  assert.deepStrictEqual(set.toArray(), [{ start: 1, end: 5 }]);
});

test('an intersection holds what both hold', () => {
  const a = IntervalSet.of({ start: 0, end: 10 });
  const b = IntervalSet.of({ start: 2, end: 4 }, { start: 8, end: 12 });
  assert.deepStrictEqual(a.intersect(b).toArray(), [{ start: 2, end: 4 }, { start: 8, end: 10 }]);
});
