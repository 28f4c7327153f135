// A team that is written for Meld: its backend speaks Meld's API, its page frames the widget's address and listens as Meld's documents show
// (docs.meld.io, "Launch the widget"), and neither knows anything of ours.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { stage } from '../lib/stage.mjs';
import { meld } from '../lib/vendors.mjs';
import { institution, widget } from '../lib/widget.mjs';

const on = stage();
const SWITCH = { en: 'English', he: 'עברית' };

/** A call of the backend's. */
async function call(method, path, body) {
  const answer = await meld(on.gesher).call(method, path, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

async function start(over = {}) {
  const wish = { externalCustomerId: 'testUser', products: ['BALANCES', 'IDENTIFIERS', 'OWNERS', 'TRANSACTIONS'], ...over };
  const started = await call('POST', '/connect/start', wish);
  on.gesher.keepSecret(started.connectToken);
  return started;
}

/** The connection, once it has data. */
const aggregated = (id) =>
  until(async () => {
    const row = await call('GET', `/connections/${id}`);
    return row.status === 'ACTIVE' && row.successfullyAggregatedAt && row;
  }, `${id} has data`, 20_000);

/** The backend's door for webhooks; what the vendor's formula says of a signature is believed, and nothing else. */
async function openReceiver(t) {
  const messages = [];
  let secret;
  let url;
  const server = createServer((incoming, response) => {
    const parts = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.on('end', () => {
      const raw = Buffer.concat(parts).toString('utf8');
      const { 'meld-signature': signature, 'meld-signature-timestamp': at } = incoming.headers;
      const expected = createHmac('sha256', secret).update(`${at}.${url}.${raw}`).digest('base64').replaceAll('+', '-').replaceAll('/', '_');
      if (signature === expected) messages.push(JSON.parse(raw));
      response.writeHead(signature === expected ? 200 : 401).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));
  url = `http://127.0.0.1:${server.address().port}/meld`;
  const made = await on.gesher.api('POST', '/webhook_endpoints', { url, dialect: 'meld' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  secret = made.body.secret;
  return {
    /** The message of this type about this connection. */
    told: (type, id) =>
      until(() => messages.find(({ eventType, payload }) => eventType === type && payload.connectionId === id), `${type} comes, signed`, 20_000),
  };
}

/** The page: the frame as wide and as high as the vendor advises, gone when the connection is complete; other vendors' events are ignored. */
function host(address) {
  window.called = [];
  const frame = Object.assign(document.createElement('iframe'), { src: address, width: 360, height: 640 });
  window.addEventListener('message', ({ data }) => {
    if (data?.domain !== 'meld-connect' || data.eventName === 'debug') return;
    window.called.push(data);
    if (data.eventName === 'connect_complete') frame.remove();
  });
  document.body.append(frame);
}

async function framed(address, language) {
  const page = await on.browser.newPage();
  const own = `${on.gesher.shop}/a-page-for-meld`;
  const body = '<!doctype html><html lang="en"><title>Host</title><body>';
  await page.route(own, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  await page.goto(own);
  await page.evaluate(host, address);
  const frame = await until(() => page.frames().find((each) => each !== page.mainFrame() && each.url().startsWith(`${on.gesher.url}/`)), 'the frame');
  return { page, person: await speaking(frame, language), called: () => page.evaluate(() => window.called) };
}

/** The widget in this language: there is no field for it, so the person chooses. */
async function speaking(scope, language) {
  if (language !== 'en') await scope.getByRole('button', { name: SWITCH[language] }).click();
  return widget(scope, language);
}

async function complete({ page, called }) {
  await until(async () => (await page.locator('iframe').count()) === 0, 'the page has taken the frame away', 20_000);
  const heard = await called();
  assert.deepEqual(heard[0], { domain: 'meld-connect', eventName: 'init' });
  return heard.at(-1);
}

for (const [language, bank] of [['en', institution('sandbox-bank')], ['he', institution('sandbox-card')]]) {
  test(`a connection is started, linked in the page's frame, and read (${language})`, async (t) => {
    const receiver = await openReceiver(t);
    const started = await start();
    const there = await framed(started.widgetUrl, language);
    await there.person.choose(bank);
    await there.person.logIn();
    await there.person.confirm();
    const { accountCount, ...said } = await complete(there);
    assert.deepEqual(said, { domain: 'meld-connect', eventName: 'connect_complete', institutionId: bank.id, institutionName: bank[language], accounts: null });
    const { payload } = await receiver.told('BANK_LINKING_CONNECTION_COMPLETED', started.id);
    assert.deepEqual([payload.customerId, payload.externalCustomerId, payload.institutionId], [started.customerId, 'testUser', bank.id]);
    const row = await aggregated(started.id);
    assert.deepEqual([row.customerId, row.institutionId, row.statusReason], [started.customerId, bank.id, null]);
    const { financialAccounts } = await call('GET', `/accounts?connectionId=${started.id}`);
    assert.equal(financialAccounts.length, accountCount);
    const updated = await receiver.told('BANK_LINKING_ACCOUNTS_UPDATED', started.id);
    assert.deepEqual(updated.payload.financialAccountIds.sort(), financialAccounts.map(({ id }) => id).sort());
    const [{ id }] = financialAccounts;
    const { financialAccountTransactions: all, remaining } = await call('GET', `/transactions?financialAccountId=${id}&limit=10`);
    assert.ok(all.length === 10 && remaining > 10);
    assert.ok(all.every(({ customerId }) => customerId === started.customerId));
    await there.page.close();
  });

  test(`the same address is a page (${language})`, async () => {
    const started = await start({ institutionId: 'sandbox-accounts' });
    const page = await on.browser.newPage();
    await page.goto(started.widgetUrl);
    const person = await speaking(page, language);
    await person.reached('form_title');
    await until(() => !page.url().includes(started.connectToken), 'the address has no token in it');
    await page.close();
  });
}

test('a repair is made in the sandbox, where the vendor has none, and goes straight to the bank', async () => {
  const bank = institution('sandbox-insurance');
  const started = await start({ institutionId: bank.id });
  const first = await framed(started.widgetUrl, 'en');
  await first.person.reached('form_title');
  await first.person.logIn();
  await first.person.confirm();
  await complete(first);
  await first.page.close();
  const before = await call('GET', `/accounts?connectionId=${started.id}`);
  const repair = await call('POST', '/connect/repair', { connectionId: started.id });
  on.gesher.keepSecret(repair.connectToken);
  assert.deepEqual([repair.id, repair.institutionId], [started.id, bank.id]);
  const again = await framed(repair.widgetUrl, 'en');
  await again.person.reached('form_title');
  await again.person.logIn();
  await again.person.confirm();
  assert.equal((await complete(again)).institutionId, bank.id);
  await aggregated(started.id);
  const ids = ({ financialAccounts }) => financialAccounts.map(({ id }) => id);
  assert.deepEqual(ids(await call('GET', `/accounts?connectionId=${started.id}`)), ids(before));
  await again.page.close();
});
