'use strict';

function shorten(text, width) {
  return text.length <= width ? text : text.slice(0, Math.max(0, width - 1)) + '…';
}

function columnWidths(rows, maxWidth) {
  const widths = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.min(maxWidth, Math.max(widths[at] || 0, cell.length));
    });
  }
  return widths;
}

/**
 * Formats rows as an aligned table; the first row is the header.
 *
 * @param {string[][]} rows
 * @param {{maxWidth?: number}} [options]
 * @returns {string}
 */
function formatTable(rows, options = {}) {
  if (rows.length === 0) {
    return '';
  }
  const maxWidth = options.maxWidth || 32;
  const widths = columnWidths(rows, maxWidth);
  const line = (row) => widths.map((width, at) => shorten(row[at] || '', width).padEnd(width)).join('  ').trimEnd();
  const [header, ...body] = rows;
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}

module.exports = { formatTable, shorten };
