'use strict';

function fromEnvironment(prefix) {
  const settings = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith(prefix)) settings[name.slice(prefix.length).toLowerCase()] = value;
  }
  return settings;
}

module.exports = { fromEnvironment };
