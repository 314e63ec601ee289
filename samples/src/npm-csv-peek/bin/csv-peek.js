#!/usr/bin/env node
'use strict';

const fs = require('fs');
const { parse, formatTable } = require('../lib');
const { parseArguments, usage } = require('../lib/arguments');

function main(argv) {
  let options;
  try {
    options = parseArguments(argv);
  } catch (error) {
    console.error(error.message);
    console.error(usage);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const text = fs.readFileSync(options.file === '-' ? 0 : options.file, 'utf8');
  const rows = parse(text, { delimiter: options.delimiter });
  console.log(formatTable(rows.slice(0, options.rows + 1), { maxWidth: options.width }));
  return 0;
}

process.exitCode = main(process.argv.slice(2));
