'use strict';

class HttpError extends Error {
  constructor(status, body) {
    super(`the server answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

module.exports = { HttpError };
