'use strict';

function parse(argv) {
  const options = { tasks: [], force: false };
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index];
    if (argument === '--force') options.force = true;
    else if (argument === '--folder') options.folder = argv[++index];
    else if (argument.startsWith('-')) throw new Error(`unknown option ${argument}`);
    else options.tasks.push(argument);
  }
  return options;
}

module.exports = { parse };
