'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const { parse, formatTable } = require('../lib');

test('quoted fields keep delimiters and line breaks', () => {
  assert.deepStrictEqual(parse('a,"b,c"\n"d\n""e""",f\n'), [['a', 'b,c'], ['d\n"e"', 'f']]);
});

test('a table is aligned', () => {
  assert.strictEqual(formatTable([['id', 'name'], ['1', 'Ada']]), 'id  name\n--  ----\n1   Ada');
});
