'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { test } = require('node:test');
const { JsonClient, HttpError } = require('../lib/client');
const { delays } = require('../lib/retry');

async function withServer(handler, body) {
  const server = http.createServer(handler).listen(0);
  try {
    await body(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.close();
  }
}

test('a query is appended and the answer parsed', () =>
  withServer(
    (request, response) => response.end(JSON.stringify({ url: request.url })),
    async (base) => {
      assert.deepStrictEqual(await new JsonClient(base).get('/items', { page: 2 }), { url: '/items?page=2' });
    },
  ));

test('a client error is not tried again', () => {
  let calls = 0;
  return withServer(
    (request, response) => {
      calls++;
      response.statusCode = 404;
      response.end('{}');
    },
    async (base) => {
      await assert.rejects(new JsonClient(base).get('/'), HttpError);
      assert.strictEqual(calls, 1);
    },
  );
});

test('waits double', () => {
  assert.deepStrictEqual([...delays(3)], [0, 200, 400, 800]);
});
