'use strict';

class HttpError extends Error {
  constructor(url, status, body) {
    super(`${url} answered ${status}`);
    this.name = 'HttpError';
    this.status = status;
    this.body = body;
    this.retryable = status === 429 || status >= 500;
  }
}

class TimeoutError extends Error {
  constructor(url, timeout) {
    super(`${url} did not answer within ${timeout} ms`);
    this.name = 'TimeoutError';
    this.retryable = true;
  }
}

module.exports = { HttpError, TimeoutError };
