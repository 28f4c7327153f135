// Code that was written for ConnectFi, pointed at Gesher: a backend that knows its API alone, a page that opens Plaid's Link with the link
// token that it gets, and a payment's page that a person opens by its link. The fake's own script opens Gesher's widget.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { request } from '../lib/http.mjs';
import { frameOf } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
/** People whom no other test of this file logs in: an institution is tried five times an hour by the same login. */
const PEOPLE = { en: '043510023', he: '321547416', hosted_en: '001772268', hosted_he: '008332884' };

/** A call of the vendor's API. */
async function call(path, token, body) {
  const headers = { 'content-type': 'application/json', ...(token && { 'x-connectfi-jwtoken': token }) };
  const answer = await request(`${on.gesher.url}/public/${path}`, { method: 'POST', headers, body: body && JSON.stringify(body) });
  const said = answer.json();
  assert.match(said.requestId, /^[0-9a-f]{32}$/);
  return { status: answer.status, ...said };
}

async function good(path, token, body) {
  const { status, code, data, message } = await call(path, token, body);
  assert.deepEqual([status, code], [200, '0'], message);
  return data;
}

/** What the host's backend does before it shows its page: from a link to a link token. */
async function toLinkToken(over) {
  const connection = await on.gesher.connect({ dialect: 'connectfi', ...over });
  const link = connection.hosted_url.split('/').at(-1);
  const { token } = await good('customer/payment/link', null, { link });
  const made = await good('customer/plaid/create_link_token', token);
  assert.match(made.link_token, /^link-sandbox-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  on.gesher.keepSecret(link, token, made.link_token);
  return { connection, token, linkToken: made.link_token };
}

/** A page as Plaid's documentation shows one. */
async function openPage(linkToken, language) {
  const sandbox = `http://shop.localhost:${on.gesher.ports[1]}`;
  const page = await on.browser.newPage();
  const address = `${on.gesher.shop}/a-payment`;
  const body = `<!doctype html><html lang="${language}"><title>Pay</title><body><script src="${sandbox}/plaid/link/v2/stable/link-initialize.js"></script></body>`;
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  await page.goto(address);
  await page.evaluate((token) => {
    window.heard = [];
    const hear = (what) => (...said) => window.heard.push([what, ...said]);
    const handler = window.Plaid.create({ token, onSuccess: hear('success'), onExit: hear('exit'), onEvent: (name) => window.heard.push(['event', name]) });
    handler.open();
    // Somebody else's word is not heard.
    window.postMessage({ source: 'gesher', version: 1, type: 'success', session: 'x', payload: { public_token: 'forged' } }, '*');
  }, linkToken);
  const person = widget(await frameOf(page, on.gesher), language);
  await person.reached('picker_title');
  const heard = (what) => until(() => page.evaluate((what) => window.heard.find(([kind]) => kind === what), what), `${what} is heard`, 20_000);
  return { page, person, heard };
}

for (const language of LANGUAGES) {
  test(`Link in the host's page opens the widget, and its public token confirms: ${language}`, async () => {
    const { connection, token, linkToken } = await toLinkToken({ language });
    const { page, person, heard } = await openPage(linkToken, language);
    await person.choose();
    await person.logIn({ psu: PEOPLE[language] });
    await person.confirm();
    const [, publicToken, metadata] = await heard('success');
    assert.match(publicToken, /^public-sandbox-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(metadata.institution.institution_id, 'sandbox-bank');
    assert.equal(await page.locator('iframe').count(), 0, 'Link is gone');
    const events = await page.evaluate(() => window.heard.filter(([kind]) => kind === 'event').map(([, name]) => name));
    assert.deepEqual(events, ['OPEN', 'SELECT_INSTITUTION', 'HANDOFF']);
    on.gesher.keepSecret(publicToken);
    // Nothing can be read before the host's word, which is good once.
    const early = await call('customer/plaid/get-accounts-balance', token);
    assert.deepEqual([early.status, early.code], [400, 'plaidAccessToken']);
    await good('customer/plaid/exhange-public-token', token, { public_token: publicToken });
    const again = await call('customer/plaid/exchange-public-token', token, { public_token: publicToken });
    assert.deepEqual([again.status, again.code], [400, 'paymentStatus']);
    const { achAccounts } = await good('customer/plaid/get-accounts-balance', token);
    assert.ok(achAccounts.length > 0 && achAccounts.every(({ type, balances }) => type === 'depository' && balances.iso_currency_code));
    await on.gesher.status(connection.id, 'active');
    await page.close();
  });

  test(`the payment's page links and confirms alone: ${language}`, async () => {
    const made = await good('merchant/payment/create', on.gesher.GESHER_API_KEY, { fields: [], amount: 12.5, currency: 'ILS' });
    on.gesher.keepSecret(made.link);
    const page = await on.browser.newPage();
    await page.goto(made.url);
    await widget(page, 'en').reached('picker_title');
    if (language === 'he') await page.getByRole('button', { name: 'עברית' }).click();
    const person = widget(page, language);
    await person.reached('picker_title');
    await person.choose();
    await person.logIn({ psu: PEOPLE[`hosted_${language}`] });
    await person.confirm();
    await person.reached('success_title');
    const connection = await on.gesher.status(`conn_${made.cFiTransactionId}`, 'active');
    assert.equal(connection.customer.external_id, made.cFiTransactionId);
    await page.close();
  });
}

test('who leaves is heard of, and the token dies with the session', async () => {
  const { token, linkToken } = await toLinkToken({ language: 'en' });
  const { page, person, heard } = await openPage(linkToken, 'en');
  await person.press(person.say('close'));
  const [, error, metadata] = await heard('exit');
  assert.deepEqual([error, metadata.institution], [null, null]);
  await until(async () => (await call('customer/payment/details', token)).code === 'unauthorized', 'the token is worth nothing');
  await page.close();
});

test('a link token opens its frame on the session\'s own page alone', async () => {
  const { connection, linkToken } = await toLinkToken({});
  const frame = await request(`${on.gesher.url}/w/${linkToken}`);
  assert.match(frame.headers['content-security-policy'], new RegExp(`frame-ancestors ${on.gesher.shop}(;|$)`));
  // The token before it opens nothing any more.
  const before = await request(`${on.gesher.url}/w/${connection.connect_token}`);
  assert.match(before.headers['content-security-policy'], /frame-ancestors 'none'/);
  const page = await request(`${on.gesher.url}/h/${linkToken}`);
  assert.notEqual(page.status, 200);
});
