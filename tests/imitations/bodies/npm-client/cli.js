#!/usr/bin/env node
'use strict';

const { create } = require('./index');

const [base, path] = process.argv.slice(2);
create({ base, headers: process.env.DEMO_TOKEN ? { authorization: `Bearer ${process.env.DEMO_TOKEN}` } : {} })
  .get(path)
  .then((body) => console.log(JSON.stringify(body, null, 2)))
  .catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
