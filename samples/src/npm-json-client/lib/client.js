'use strict';

const http = require('http');
const https = require('https');
const { HttpError, TimeoutError } = require('./errors');
const { delays } = require('./retry');

const DEFAULTS = { timeout: 10000, retries: 2, headers: {} };

/** A client for one API; paths are resolved against its base URL. */
class JsonClient {
  /**
   * @param {string} baseUrl
   * @param {{timeout?: number, retries?: number, headers?: Record<string, string>}} [options]
   */
  constructor(baseUrl, options = {}) {
    this.baseUrl = baseUrl;
    this.options = { ...DEFAULTS, ...options };
  }

  get(path, query) {
    return this.request('GET', path, { query });
  }

  post(path, body) {
    return this.request('POST', path, { body });
  }

  put(path, body) {
    return this.request('PUT', path, { body });
  }

  delete(path) {
    return this.request('DELETE', path);
  }

  async request(method, path, { query, body } = {}) {
    const url = new URL(path, this.baseUrl);
    for (const [name, value] of Object.entries(query || {})) {
      url.searchParams.append(name, String(value));
    }
    let failure;
    for (const delay of delays(this.options.retries)) {
      if (delay > 0) {
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
      try {
        return await this.send(method, url, body);
      } catch (error) {
        failure = error;
        if (!error.retryable) {
          break;
        }
      }
    }
    throw failure;
  }

  send(method, url, body) {
    const { timeout, headers } = this.options;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const transport = url.protocol === 'http:' ? http : https;
    return new Promise((resolve, reject) => {
      const request = transport.request(url, {
        method,
        timeout,
        headers: {
          accept: 'application/json',
          ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
          ...headers,
        },
      });
      request.on('timeout', () => request.destroy(new TimeoutError(url, timeout)));
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode >= 400) {
            reject(new HttpError(url, response.statusCode, text));
          } else {
            resolve(text === '' ? undefined : JSON.parse(text));
          }
        });
      });
      request.end(payload);
    });
  }
}

module.exports = { JsonClient, HttpError, TimeoutError };
