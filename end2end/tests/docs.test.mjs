// The examples of docs/webhooks.md, run as they stand there but for the address of the receiver.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { until } from '../lib/browser.mjs';
import { ROOT } from '../lib/sites.mjs';
import { stage } from '../lib/stage.mjs';

const on = stage({ gesher: { urls: () => ({}) } });
const guide = await readFile(join(ROOT, 'docs/webhooks.md'), 'utf8');
const examples = (kind) => [...guide.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code);
const example = (kind) => examples(kind)[0];

/** A backend that keeps what comes. */
async function receiver(t) {
  const calls = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    calls.push({ headers: request.headers, rawBody: Buffer.concat(parts).toString('utf8') });
    response.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { calls, url: `http://127.0.0.1:${server.address().port}/gesher` };
}

/** Runs the verifying example on what came; gives the event's type. */
const verify = (call, secret) => run(`${example('js')}\nconsole.log(event.type);\n`, call, secret);

/** Runs code on what came; gives what it prints. */
async function run(code, { headers, rawBody, url }, secret) {
  const folder = await mkdtemp(join(tmpdir(), 'gesher-docs-'));
  await symlink(join(ROOT, 'end2end/node_modules'), join(folder, 'node_modules'));
  const given = Object.entries({ rawBody, url, request: { headers } }).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`);
  await writeFile(join(folder, 'example.mjs'), `${given.join('')}${code}`);
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'example.mjs')], { env: { WEBHOOK_SECRET: secret } });
  return stdout.trim();
}

test('an endpoint is made, hears a ping, and the signature is verified', async (t) => {
  const { calls, url } = await receiver(t);
  const code = example('sh');
  assert.ok(code.includes('https://backend.example/gesher'));
  const { stdout } = await promisify(execFile)('bash', ['-c', code.replace('https://backend.example/gesher', url)], { env: { PATH: process.env.PATH, ...on.gesher.demo } });
  const endpoint = JSON.parse(stdout);
  assert.match(endpoint.secret, /^whsec_/);
  assert.match(endpoint.public_key, /^whpk_/);
  assert.equal((await on.gesher.api('POST', `/webhook_endpoints/${endpoint.id}/ping`, {})).status, 202);
  const call = await until(() => calls[0], 'a ping');
  assert.equal(await verify(call, endpoint.secret), 'ping');
  await assert.rejects(verify({ ...call, rawBody: `${call.rawBody} ` }, endpoint.secret), /No matching signature/);
});

test('a message in Meld\'s dialect is verified as the page says', async (t) => {
  const { calls, url } = await receiver(t);
  const { body: endpoint } = await on.gesher.api('POST', '/webhook_endpoints', { url, dialect: 'meld' });
  assert.equal((await on.gesher.api('POST', `/webhook_endpoints/${endpoint.id}/ping`, {})).status, 202);
  const call = { ...await until(() => calls[0], 'a test'), url };
  assert.equal(JSON.parse(call.rawBody).eventType, 'WEBHOOK_TEST');
  const [, code] = examples('js');
  assert.equal(await run(code, call, endpoint.secret), '');
  await assert.rejects(run(code, { ...call, rawBody: `${call.rawBody} ` }, endpoint.secret), /not ours/);
  await assert.rejects(run(code, { ...call, url: `${url}/` }, endpoint.secret), /not ours/);
});

test('what the page says of an event is what comes', async (t) => {
  const { calls, url } = await receiver(t);
  const { body: endpoint } = await on.gesher.api('POST', '/webhook_endpoints', { url, events: ['connection.status_changed'] });
  const connection = await on.gesher.connect({});
  assert.equal((await on.gesher.api('DELETE', `/connections/${connection.id}`)).status, 200);
  const call = await until(() => calls[0], 'an event');
  const [said, came] = [JSON.parse(example('json')), JSON.parse(call.rawBody)];
  assert.deepEqual(Object.keys(came).sort(), Object.keys(said).sort());
  assert.deepEqual(Object.keys(came.data).sort(), Object.keys(said.data).sort());
  assert.equal(came.type, said.type);
  assert.equal((await on.gesher.api('DELETE', `/webhook_endpoints/${endpoint.id}`)).status, 204);
});
