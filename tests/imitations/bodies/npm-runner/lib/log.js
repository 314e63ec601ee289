'use strict';

const start = Date.now();

function info(...words) {
  if (process.env.DEMO_QUIET) return;
  console.log(`[${((Date.now() - start) / 1000).toFixed(1)} s]`, ...words);
}

module.exports = { info };
