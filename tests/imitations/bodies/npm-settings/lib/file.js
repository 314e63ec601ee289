'use strict';

const fs = require('fs');
const path = require('path');

function fromFile(file) {
  const text = fs.readFileSync(path.resolve(file), 'utf8');
  if (file.endsWith('.json')) return JSON.parse(text);
  const settings = {};
  let section = settings;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\[(.+)\]$/.exec(line.trim());
    if (heading) section = settings[heading[1]] = {};
    const pair = /^([\w.]+)\s*=\s*(.*)$/.exec(line);
    if (pair) section[pair[1]] = pair[2];
  }
  return settings;
}

module.exports = { fromFile };
