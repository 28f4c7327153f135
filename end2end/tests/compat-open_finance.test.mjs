// Code that was written for Open Finance, pointed at Gesher: a backend that knows its API alone, a host page made like its sample, and a
// receiver of its webhooks.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { request } from '../lib/http.mjs';
import { ROOT } from '../lib/sites.mjs';
import { stage } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
/** People whom no other test of this file logs in: an institution is tried five times an hour by the same login. */
const PEOPLE = { en: '043510023', he: '321547416', page: '001772268', left: '008332884' };

/** A receiver that also gives out tokens. */
async function openReceiver(t) {
  const heard = [];
  const server = createServer((incoming, response) => {
    const parts = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      if (incoming.url === '/token') {
        heard.push({ path: '/token', headers: incoming.headers, body });
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ access_token: 'a-token', token_type: 'Bearer' }));
        return;
      }
      heard.push({ path: incoming.url, headers: incoming.headers, body: JSON.parse(body) });
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));
  const url = `http://127.0.0.1:${server.address().port}`;
  const told = (path) => until(() => heard.find((call) => call.path === path), `${path} is told`, 20_000);
  return { url, heard, told };
}

/** The host's backend, which speaks the vendor's API. */
async function backend(userId) {
  const { gesher } = on;
  const json = { 'content-type': 'application/json' };
  const credentials = { userId, clientId: gesher.GESHER_CLIENT_ID, clientSecret: gesher.GESHER_CLIENT_SECRET };
  const given = await request(`${gesher.url}/oauth/token`, { method: 'POST', headers: json, body: JSON.stringify(credentials) });
  assert.equal(given.status, 200, given.text);
  const { accessToken, tokenType } = given.json();
  gesher.keepSecret(accessToken);
  const call = async (method, path, body) => {
    const headers = { authorization: `${tokenType} ${accessToken}`, ...(body && json) };
    const answer = await request(`${gesher.url}/v2${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: answer.text ? answer.json() : null };
  };
  return {
    call,
    async create(over) {
      const { status, body } = await call('POST', '/connections', { includeFakeProviders: true, refreshData: true, ...over });
      assert.equal(status, 201, JSON.stringify(body));
      assert.deepEqual(Object.keys(body).sort(), ['connectUrl', 'id']);
      gesher.keepSecret(new URL(body.connectUrl).pathname.split('/').at(-1));
      return body;
    },
    until: (id, status) =>
      until(async () => {
        const { body } = await call('GET', `/connections/${id}`);
        return body.status === status && body;
      }, `${id} is ${status}`, 20_000),
  };
}

/** The host's page, with the connection's frame over it. */
async function host(connectUrl, language) {
  const page = await on.browser.newPage();
  for (const [name, type] of [['open_finance.html', 'text/html'], ['open_finance.js', 'text/javascript']]) {
    const body = await readFile(join(ROOT, 'end2end/sites', name), 'utf8');
    await page.route(`${on.gesher.shop}/${name}`, (route) => route.fulfill({ contentType: `${type}; charset=utf-8`, body }));
  }
  await page.goto(`${on.gesher.shop}/open_finance.html#${encodeURIComponent(connectUrl)}`);
  const inside = () => page.frames().find((frame) => frame.url().startsWith(`${on.gesher.url}/connect/`));
  const person = widget(await until(inside, 'the frame'), language);
  const called = () => page.evaluate(() => window.called);
  const gone = () => until(async () => (await page.locator('iframe').count()) === 0, 'the page has taken the frame away', 20_000);
  return { page, person, called, gone };
}

for (const language of LANGUAGES) {
  test(`in a frame, ${language}: created, linked, read, told`, async (t) => {
    const receiver = await openReceiver(t);
    const own = await backend(`frame-${language}`);
    const webhooks = {
      enabled: true, successUrl: `${receiver.url}/success`, failUrl: `${receiver.url}/fail`, products: ['CONNECTIONS'],
      basic: { enabled: true, username: 'gesher', password: 'sesame' },
    };
    const made = await own.create({ language, iframe: true, providerIds: ['open-finance-sandbox'], callbackInformation: { webhooks } });
    const there = await host(made.connectUrl, language);
    await there.person.heading(there.person.say('form_title')).waitFor();
    await there.person.logIn({ psu: PEOPLE[language] });
    await there.person.confirm();
    await there.gone();
    const [[kind, data], ...others] = await there.called();
    assert.deepEqual([kind, data.type, others], ['approve', 'success', []]);
    assert.ok(['waiting', 'journey'].includes(data.source));

    const connection = await own.until(made.id, 'ACTIVE');
    assert.equal(connection.providerId, 'open-finance-sandbox');
    const accounts = (await own.call('GET', '/data/accounts')).body.items;
    assert.ok(accounts.length >= 1 && accounts.every((account) => account.connectionId === made.id));
    const transactions = (await own.call('GET', '/data/transactions?limit=5')).body;
    assert.ok(transactions.items.length === 5 && transactions.nextPage);

    const { headers, body } = await receiver.told('/success');
    assert.equal(headers.authorization, `Basic ${Buffer.from('gesher:sesame').toString('base64')}`);
    // The body of the vendor's guide to its webhooks.
    assert.deepEqual([body.connectionId, body.userId, body.bankName], [made.id, `frame-${language}`, 'open-finance-sandbox']);
    assert.ok(['CONNECTED', 'ACTIVE'].includes(body.connectionStatus), body.connectionStatus);
    assert.equal((await own.call('DELETE', `/connections/${made.id}`)).status, 204);
    assert.equal((await own.call('GET', `/connections/${made.id}`)).status, 404);
    await there.page.close();
  });
}

test('as a page: the same address ends at the redirect URL, and headers open the receiver', async (t) => {
  const receiver = await openReceiver(t);
  const own = await backend('page');
  const redirectUrl = `${on.gesher.shop}/shop/return`;
  const webhooks = { enabled: true, successUrl: `${receiver.url}/success`, customHeaders: { 'x-api-key': 'k-17' } };
  const made = await own.create({ language: 'en', providerIds: ['open-finance-sandbox'], redirectUrl, callbackInformation: { webhooks } });
  const page = await on.browser.newPage();
  await page.goto(made.connectUrl);
  const person = widget(page, 'en');
  await person.reached('form_title');
  await person.logIn({ psu: PEOPLE.page });
  await person.confirm();
  await person.reached('success_title');
  const link = page.getByRole('link', { name: person.say('return_to') });
  assert.equal(new URL(await link.getAttribute('href')).href.split('?')[0], redirectUrl);
  assert.equal((await receiver.told('/success')).headers['x-api-key'], 'k-17');
  await own.until(made.id, 'ACTIVE');
  await page.close();
});

test('asked for in the address alone, the frame says that the person left; a token opens the receiver', async (t) => {
  const receiver = await openReceiver(t);
  const own = await backend('left');
  const webhooks = {
    enabled: true, abortUrl: `${receiver.url}/abort`,
    oauth: { enabled: true, clientId: 'gesher', clientSecret: 's', audience: 'a', scope: 'hooks', tokenUrl: `${receiver.url}/token` },
  };
  const made = await own.create({ language: 'he', callbackInformation: { webhooks } });
  const there = await host(`${made.connectUrl}?iframe=true`, 'he');
  await there.person.reached('picker_title');
  await there.person.press(there.person.say('close'));
  await there.gone();
  assert.deepEqual(await there.called(), [['abort']]);
  assert.equal((await receiver.told('/abort')).headers.authorization, 'Bearer a-token');
  await there.page.close();
});
