// A thousand events, a receiver that fails three times in ten, a sender that is killed ten times: nothing is lost, and the reference
// library of Standard Webhooks takes every signature.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { test } from 'node:test';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { until } from '../lib/browser.mjs';
import { certificateFor } from '../lib/certificate.mjs';
import { startGesher } from '../lib/gesher.mjs';
import { request } from '../lib/http.mjs';
import { BANK } from '../lib/widget.mjs';

const EVENTS = 1000;
const KILLS = 10;
/** Tries to one endpoint at a time: what a kill can make come twice. */
const AT_ONCE = 8;
/** The receiver gives in after so many failures of one event, well before Gesher does. */
const PATIENCE = 8;

/** Numbers that look random and are the same every time. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A host's backend: keeps what comes, and fails at three calls in ten, in several ways. With a certificate it speaks TLS. */
async function openReceiver(tls) {
  const calls = [];
  const random = numbers(7);
  const failures = new Map();
  const hear = (incoming, response) => {
    const parts = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.on('end', () => {
      const id = incoming.headers['webhook-id'];
      const failed = failures.get(id) ?? 0;
      const fails = random() < 0.3 && failed < PATIENCE;
      if (fails) failures.set(id, failed + 1);
      calls.push({ id, headers: incoming.headers, body: Buffer.concat(parts).toString('utf8'), taken: !fails, at: Date.now() });
      if (!fails) return response.writeHead(204).end();
      const how = random();
      if (how < 0.3) return incoming.socket.destroy();
      return response.writeHead(how < 0.6 ? 500 : 503, { 'content-type': 'text/plain' }).end('not now');
    });
  };
  const server = tls ? createTlsServer({ key: await readFile(tls.key), cert: await readFile(tls.certificate) }, hear) : createServer(hear);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    calls,
    url: `${tls ? 'https://hooks.localhost' : 'http://127.0.0.1'}:${server.address().port}/hook`,
    taken: () => calls.filter(({ taken }) => taken),
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}

const ticket = (page) => page.match(/name="ticket" value="([^"]+)"/)?.[1];
const form = (fields) => ({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }, body: new URLSearchParams(fields).toString() });

/** A person who chooses a bank and leaves. */
async function comeAndGo(gesher) {
  const { status, body } = await gesher.api('POST', '/connections', { customer: { external_id: 'u' }, include_sandbox: true, parent_origin: gesher.shop });
  assert.equal(status, 201);
  const frame = { headers: { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' } };
  const picker = await request(body.widget_url, frame);
  const chosen = await request(`${gesher.url}/w/do/choose`, form({ ticket: ticket(picker.text), institution: BANK.id }));
  await request(`${gesher.url}/w/do/cancel`, form({ ticket: ticket(chosen.text) ?? '' }));
}

/** Does it so many times, eight at once. A call that a kill cuts off does not count. */
async function often(times, act) {
  let left = times;
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (left > 0) {
      left -= 1;
      await act().catch((error) => {
        if (error instanceof assert.AssertionError) throw error;
        left += 1;
        return new Promise((resolve) => { setTimeout(resolve, 50); });
      });
    }
  }));
}

/** Verifies as Standard Webhooks' own library does, and the ed25519 signature, which that library leaves out. */
function check(call, endpoint) {
  const body = new Webhook(endpoint.secret).verify(call.body, call.headers);
  assert.equal(body.data.id, call.id);
  const raw = Buffer.from(endpoint.public_key.slice('whpk_'.length), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' });
  const signature = call.headers['webhook-signature'].split(' ').find((one) => one.startsWith('v1a,')).slice(4);
  const content = `${call.id}.${call.headers['webhook-timestamp']}.${call.body}`;
  assert.ok(verify(null, Buffer.from(content), key, Buffer.from(signature, 'base64')), 'the ed25519 signature');
}

test('a thousand events, a receiver that fails and a sender that is killed: nothing is lost', async (t) => {
  const receiver = await openReceiver();
  t.after(() => receiver.close());
  const gesher = await startGesher({ env: { GESHER_WEBHOOK_RETRIES: Array(15).fill(1).join() } });
  t.after(() => gesher.stop());
  const made = await gesher.api('POST', '/webhook_endpoints', { url: receiver.url });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const endpoint = made.body;
  gesher.keepSecret(endpoint.secret);

  const ping = async () => assert.equal((await gesher.api('POST', `/webhook_endpoints/${endpoint.id}/ping`)).status, 202);
  const people = EVENTS / 4;
  const working = Promise.all([often(people, () => comeAndGo(gesher)), often(EVENTS - people, ping)]);
  for (let kills = 0; kills < KILLS; kills += 1) {
    const before = receiver.calls.length;
    await until(() => receiver.calls.length >= before + 20, 'webhooks', 60_000);
    await gesher.restart();
  }
  await working;

  const events = (await gesher.list('/events')).map(({ data }) => data.id);
  assert.ok(events.length >= EVENTS, `${events.length} events`);
  const taken = () => new Set(receiver.taken().map(({ id }) => id));
  await until(() => taken().size >= events.length, 'every event', 90_000);
  assert.deepEqual([...taken()].sort(), events.sort());

  for (const call of receiver.calls) check(call, endpoint);
  const twice = receiver.taken().length - taken().size;
  assert.ok(twice <= KILLS * AT_ONCE, `${twice} events were taken twice`);
  const failed = receiver.calls.length - receiver.taken().length;
  assert.ok(failed > EVENTS / 5, `${failed} calls failed`);
  const bodies = new Map();
  for (const { id, body, headers, at } of receiver.calls) {
    assert.equal(body, bodies.get(id) ?? body, `${id} says the same in every try`);
    bodies.set(id, body);
    assert.ok(Math.abs(at / 1000 - headers['webhook-timestamp']) < 30, 'a fresh time in every try');
  }
  t.diagnostic(`${events.length} events, ${receiver.calls.length} calls, ${failed} failed, ${twice} taken twice`);
});

test('the reference library refuses what was changed on the way', async (t) => {
  const receiver = await openReceiver();
  t.after(() => receiver.close());
  const gesher = await startGesher({ env: { GESHER_WEBHOOK_RETRIES: Array(15).fill(1).join() } });
  t.after(() => gesher.stop());
  const { body: endpoint } = await gesher.api('POST', '/webhook_endpoints', { url: receiver.url });
  const { body: rotated } = await gesher.api('POST', `/webhook_endpoints/${endpoint.id}/rotate_secret`);
  gesher.keepSecret(endpoint.secret, rotated.secret);
  await gesher.api('POST', `/webhook_endpoints/${endpoint.id}/ping`);
  await until(() => receiver.taken().length > 0, 'a webhook', 30_000);
  const [call] = receiver.taken();
  check(call, endpoint);
  check(call, { ...endpoint, secret: rotated.secret });
  const signature = call.headers['webhook-signature'];
  for (const [change, what] of [
    [{ body: `${call.body} ` }, 'body'],
    [{ headers: { ...call.headers, 'webhook-id': 'evt_other' } }, 'id'],
    [{ headers: { ...call.headers, 'webhook-timestamp': String(Number(call.headers['webhook-timestamp']) + 1) } }, 'time'],
    [{ headers: { ...call.headers, 'webhook-signature': 'v1,' } }, 'no signature'],
    [{ headers: { ...call.headers, 'webhook-signature': signature.split(' ').at(-1) } }, 'a signature of another kind'],
  ]) {
    const changed = { ...call, ...change };
    assert.throws(() => new Webhook(rotated.secret).verify(changed.body, changed.headers), WebhookVerificationError, what);
  }
});

test('over TLS only to whom the certificate names and a known authority vouches for', async (t) => {
  const [known, unknown, misnamed] = await Promise.all([['DNS:hooks.localhost'], ['DNS:hooks.localhost'], ['DNS:other.localhost']].map((names) => certificateFor(t, names)));
  const [good, ...bad] = await Promise.all([known, unknown, misnamed].map(openReceiver));
  t.after(() => Promise.all([good, ...bad].map((receiver) => receiver.close())));
  const gesher = await startGesher({ env: { SSL_CERT_FILE: known.certificate, GESHER_WEBHOOK_RETRIES: Array(15).fill(1).join() } });
  t.after(() => gesher.stop());
  const hears = async (receiver) => {
    const { body: endpoint } = await gesher.api('POST', '/webhook_endpoints', { url: receiver.url });
    await gesher.api('POST', `/webhook_endpoints/${endpoint.id}/ping`);
    return endpoint;
  };
  const endpoint = await hears(good);
  await until(() => good.taken().length > 0, 'a webhook over TLS', 30_000);
  check(good.taken()[0], endpoint);
  for (const receiver of bad) {
    const { id } = await hears(receiver);
    const tries = await until(async () => {
      const { body } = await gesher.api('GET', `/webhook_endpoints/${id}/attempts`);
      return body.data.length > 0 && body.data;
    }, 'a try', 30_000);
    assert.equal(tries[0].error, 'tls_failed');
    assert.equal(receiver.calls.length, 0);
  }
});
