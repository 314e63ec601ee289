'use strict';

const usage = 'usage: csv-peek [--rows N] [--delimiter C] [--width N] FILE';

function number(name, value) {
  const parsed = Number.parseInt(value, 10);
  if (!Number.isInteger(parsed) || parsed < 1) {
    throw new Error(`${name} must be a positive number, not ${value}`);
  }
  return parsed;
}

function delimiter(value) {
  if (value === '\\t') {
    return '\t';
  }
  if (value === undefined || value.length !== 1) {
    throw new Error('--delimiter must be one character');
  }
  return value;
}

function parseArguments(argv) {
  const options = { rows: 10, delimiter: ',', width: 32, help: false, file: undefined };
  const rest = argv.slice();
  while (rest.length > 0) {
    const argument = rest.shift();
    switch (argument) {
      case '-h':
      case '--help':
        options.help = true;
        return options;
      case '--rows':
        options.rows = number('--rows', rest.shift());
        break;
      case '--width':
        options.width = number('--width', rest.shift());
        break;
      case '--delimiter':
        options.delimiter = delimiter(rest.shift());
        break;
      default:
        options.file = argument;
    }
  }
  if (options.file === undefined) {
    throw new Error('a file is missing');
  }
  return options;
}

module.exports = { parseArguments, usage };
