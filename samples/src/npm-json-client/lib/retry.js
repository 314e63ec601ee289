'use strict';

/** Waits before each attempt, in milliseconds: none before the first, then doubling. */
function* delays(retries, first = 200) {
  yield 0;
  for (let attempt = 0; attempt < retries; attempt++) {
    yield first * 2 ** attempt;
  }
}

module.exports = { delays };
