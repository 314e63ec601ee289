'use strict';

/** Red, green and blue of `#rrggbb`. */
function parse(color) {
  const digits = color.replace('#', '');
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}

/** Distance of two colors, squared. */
function distance(a, b) {
  return a.reduce((sum, part, at) => sum + (part - b[at]) ** 2, 0);
}

module.exports = { parse, distance };
