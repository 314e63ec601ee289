'use strict';

/**
 * Parses CSV text (RFC 4180) into rows of strings. Quoted fields may hold delimiters, quotes (doubled) and line breaks.
 *
 * @param {string} text
 * @param {{delimiter?: string}} [options]
 * @returns {string[][]}
 */
function parse(text, options = {}) {
  const delimiter = options.delimiter || ',';
  const rows = [];
  let row = [];
  let field = '';
  let quoted = false;

  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') {
        field += c;
      } else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else {
        quoted = false;
      }
    } else if (c === '"' && field === '') {
      quoted = true;
    } else if (c === delimiter) {
      row.push(field);
      field = '';
    } else if (c === '\n') {
      row.push(field.replace(/\r$/, ''));
      rows.push(row);
      row = [];
      field = '';
    } else {
      field += c;
    }
  }
  if (field !== '' || row.length > 0) {
    row.push(field);
    rows.push(row);
  }
  return rows;
}

module.exports = { parse };
