'use strict';

const https = require('https');
const { URL } = require('url');
const { HttpError } = require('./errors');

class Client {
  constructor(options = {}) {
    this.base = options.base;
    this.cache = options.cache;
    this.agent = new https.Agent({ keepAlive: true, maxSockets: options.sockets || 8 });
    this.headers = { accept: 'application/json', ...options.headers };
  }

  async get(path, query = {}) {
    const url = new URL(path, this.base);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const kept = this.cache && (await this.cache.read(url.href));
    if (kept) return kept;
    const body = await this.request('GET', url);
    if (this.cache) await this.cache.write(url.href, body);
    return body;
  }

  post(path, data) {
    return this.request('POST', new URL(path, this.base), JSON.stringify(data));
  }

  request(method, url, data) {
    return new Promise((resolve, reject) => {
      const request = https.request(url, { method, agent: this.agent, headers: this.headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode >= 400) reject(new HttpError(response.statusCode, text));
          else resolve(text ? JSON.parse(text) : null);
        });
      });
      request.on('error', reject);
      if (data) request.write(data);
      request.end();
    });
  }
}

module.exports = { Client };
