'use strict';

const names = require('./names');
const { distance, parse } = require('./distance');

/** The name of a color, or undefined. */
function name(color) {
  const wanted = parse(color);
  return Object.keys(names).find((key) => distance(parse(names[key]), wanted) === 0);
}

/** The name of the color that comes nearest. */
function nearest(color) {
  const wanted = parse(color);
  let best;
  let least = Infinity;
  for (const key of Object.keys(names)) {
    const far = distance(parse(names[key]), wanted);
    if (far < least) {
      least = far;
      best = key;
    }
  }
  return best || 'black';
}

module.exports = { name, nearest, names };
