'use strict';

function check(settings, schema) {
  return Object.entries(schema)
    .filter(([key, type]) => typeof settings[key] !== type)
    .map(([key, type]) => `${key} must be a ${type}`);
}

module.exports = { check };
