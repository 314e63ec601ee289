'use strict';

const fs = require('fs/promises');
const path = require('path');
const os = require('os');
const crypto = require('crypto');

class Cache {
  constructor(folder = path.join(os.tmpdir(), 'demo-client')) {
    this.folder = folder;
  }

  file(key) {
    return path.join(this.folder, crypto.createHash('sha256').update(key).digest('hex') + '.json');
  }

  async read(key) {
    try {
      const { until, value } = JSON.parse(await fs.readFile(this.file(key), 'utf8'));
      return until > Date.now() ? value : null;
    } catch (error) {
      return null;
    }
  }

  async write(key, value, seconds = 300) {
    await fs.mkdir(this.folder, { recursive: true });
    await fs.writeFile(this.file(key), JSON.stringify({ until: Date.now() + seconds * 1000, value }));
  }
}

module.exports = { Cache };
