'use strict';

const { Client } = require('./lib/client');
const { Cache } = require('./lib/cache');
const { HttpError } = require('./lib/errors');

function create(options) {
  return new Client({ cache: new Cache(options && options.folder), ...options });
}

module.exports = { create, Client, Cache, HttpError };
