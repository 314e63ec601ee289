#!/usr/bin/env node
'use strict';

require('../index')
  .main(process.argv.slice(2))
  .then((code) => process.exit(code));
