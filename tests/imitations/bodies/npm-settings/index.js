'use strict';

const { fromFile } = require('./lib/file');
const { fromEnvironment } = require('./lib/environment');
const { merge } = require('./lib/merge');
const { check } = require('./lib/check');

function load({ file, prefix, defaults = {}, schema = {} } = {}) {
  const settings = merge(defaults, file ? fromFile(file) : {}, prefix ? fromEnvironment(prefix) : {});
  const faults = check(settings, schema);
  if (faults.length) throw new Error(faults.join('; '));
  return Object.freeze(settings);
}

module.exports = { load, merge };
