'use strict';

function slug(text, options = {}) {
  const separator = options.separator || '-';
  return String(text).trim().toLowerCase().replace(/[^a-z0-9]+/g, separator);
}

function title(text) {
  return String(text).split(/\s+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

module.exports = { slug, title };
