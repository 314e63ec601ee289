'use strict';

function merge(...all) {
  const merged = {};
  for (const one of all) {
    for (const [key, value] of Object.entries(one)) {
      const plain = value && typeof value === 'object' && !Array.isArray(value);
      merged[key] = plain ? merge(merged[key] || {}, value) : value;
    }
  }
  return merged;
}

module.exports = { merge };
