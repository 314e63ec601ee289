'use strict';

const { Runner } = require('./lib/runner');
const { parse } = require('./lib/arguments');
const log = require('./lib/log');

async function main(argv) {
  const options = parse(argv);
  const runner = new Runner(options);
  for (const name of options.tasks) {
    log.info('start', name);
    const code = await runner.run(name);
    log.info('done', name, code);
    if (code !== 0 && !options.force) return code;
  }
  return 0;
}

module.exports = { main, Runner };
