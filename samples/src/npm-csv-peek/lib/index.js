'use strict';

const { parse } = require('./parse');
const { formatTable } = require('./table');

module.exports = { parse, formatTable };
