// HTTP for test code: Node does not resolve *.localhost and *.test as a browser is told to, so every name is loopback here.
import http from 'node:http';
import https from 'node:https';

const lookup = (_name, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));

/** One request, without following redirects. Certificates are the test's own and not checked. */
export function request(address, { method = 'GET', headers = {}, body } = {}) {
  const url = new URL(address);
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sent = client.request(url, { method, headers, lookup, agent: false, rejectUnauthorized: false, timeout: 30_000 }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url.origin} in 30 s`)));
    sent.on('error', reject);
    sent.end(body);
  });
}
