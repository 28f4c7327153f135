// A link through Plaid, with the sandbox's fake of it: credentials and list by the operator's commands, Link's pages, the data, what Plaid
// tells by itself, the host's word that gives it back. In both languages. And Link in a frame, by the fake's own script.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { request } from '../lib/http.mjs';
import { launchHere, logged, openHosted, toLeaving } from '../lib/leg.mjs';
import { ROOT } from '../lib/sites.mjs';
import { stage } from '../lib/stage.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const KEY = { client_id: '60f1c0de5a4db0c5a4db0c5a', secret: '5a4db0c05ec4e75a4db0c05ec4e75a' };
const BANK = { en: 'Quillhaven Bank', he: 'Quillhaven Bank' };
/** What Link's pages say. */
const PAGE = {
  en: { login: 'Log in to Quillhaven Bank', wrong: 'The username or the password is wrong.', accounts: 'Which accounts may be seen?', left: /^You left .*Quillhaven Bank/, dir: 'ltr' },
  he: { login: 'כניסה אל Quillhaven Bank', wrong: 'שם המשתמש או הסיסמה שגויים.', accounts: 'לאילו חשבונות לתת גישה?', left: /Quillhaven Bank/, dir: 'rtl' },
};

const on = stage();
const tag = () => on.gesher.GESHER_API_KEY.slice('gk_test_'.length).slice(0, 6);
const sandbox = () => `http://shop.localhost:${on.gesher.ports[1]}`;

/** A command of the operator's beside the running server; gives what it says. */
function command(args, input = '') {
  const [, port] = on.gesher.ports;
  const env = {
    PATH: process.env.PATH, GESHER_DEMO: '1', GESHER_DATA_DIR: on.gesher.data, GESHER_URL: on.gesher.url,
    GESHER_SANDBOX_URL: sandbox(), GESHER_SANDBOX_ADDR: `127.0.0.1:${port}`,
  };
  const binary = process.env.GESHER_BIN ?? join(ROOT, 'target/debug/gesher');
  return new Promise((resolve, reject) => {
    const child = execFile(binary, args, { env, cwd: on.gesher.data }, (error, stdout, stderr) => (error ? reject(new Error(`${stdout}${stderr}`)) : resolve(stdout)));
    child.stdin.end(input);
  });
}

/** A call of Plaid's. */
async function plaid(path, body) {
  const answer = await request(`${sandbox()}/plaid/${path}`, { method: 'POST', body: JSON.stringify({ ...KEY, ...body }) });
  return answer.json();
}

/** The tenant's credentials and banks, once: a wrong secret is found first. */
let made;
const ready = () => (made ??= (async () => {
  const settings = (secret) => `client_id=${KEY.client_id}\nsecret=${secret}\ncountries=US\n`;
  await command(['provider', 'set', tag(), 'plaid', '--mode', 'test'], settings('not-the-secret'));
  await assert.rejects(command(['provider', 'check', tag(), 'plaid']), /does not know this client_id and secret/);
  await command(['provider', 'set', tag(), 'plaid', '--mode', 'test'], settings(KEY.secret));
  assert.match(await command(['provider', 'check', tag(), 'plaid']), /plaid, test: well/);
  await command(['institutions', 'sync', 'plaid', '--tenant', tag(), '--mode', 'test']);
  await until(async () => {
    const { body } = await on.gesher.api('GET', `/institutions?include_sandbox=true&q=${encodeURIComponent(BANK.en)}`);
    return body.data.some(({ id }) => id === 'us-quillhaven-bank');
  }, 'the bank is listed', 30_000);
})());

const press = (page, action) => page.locator(`main button[value="${action}"]`).click();

/** From the picker to Link's login page, in this language. */
async function toLink(language) {
  await ready();
  await on.browser.context.clearCookies();
  const connection = await on.gesher.connect({ parent_origin: undefined, redirect_url: `${on.gesher.shop}/shop/return`, language });
  const { page, person } = await openHosted(on.browser, connection, language);
  await toLeaving(person, BANK, language);
  await launchHere(page, person);
  await page.waitForURL((url) => url.pathname.startsWith('/plaid/session/'));
  const switched = page.locator(`header a[lang=${language}]`);
  if (await switched.count()) await switched.click();
  const says = PAGE[language];
  await page.getByRole('heading', { level: 1, name: says.login }).waitFor();
  assert.equal(await page.locator('html').getAttribute('dir'), says.dir);
  return { connection, page, person, says };
}

async function logIn(page, password, username = 'user_good') {
  await page.locator('[name=username]').fill(username);
  await page.locator('[name=password]').fill(password);
  await press(page, 'login');
}

for (const language of LANGUAGES) {
  test(`to Link and home again: ${language}`, async () => {
    const { connection, page, person, says } = await toLink(language);
    await page.route((url) => url.origin === on.gesher.shop && url.pathname === '/shop/return', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Home</title>' }));
    await logIn(page, 'wrong');
    await page.getByRole('alert').getByText(says.wrong).waitFor();
    await logIn(page, 'mfa_device');
    await page.locator('[name=answer]').fill('1234');
    await press(page, 'answer');
    await page.getByRole('heading', { level: 1, name: says.accounts }).waitFor();
    await press(page, 'accounts');
    await press(page, 'allow');
    await person.reached('success_title');
    await page.getByRole('link', { name: person.say('return_to') }).click();
    await page.waitForURL((url) => url.pathname === '/shop/return');
    const token = new URL(page.url()).searchParams.get('public_token');
    assert.equal((await on.gesher.exchange(token, connection.customer)).status, 200);
    await on.gesher.status(connection.id, 'active');
    const accounts = await on.gesher.list(`/connections/${connection.id}/accounts`);
    assert.ok(accounts.length > 0 && accounts.every(({ currency }) => currency === 'USD'));
    assert.ok((await on.gesher.list(`/accounts/${accounts[0].id}/transactions`)).length > 10);
    // Plaid told of the end of Link by itself, and was believed.
    await logged(on.gesher, new RegExp(`INFO .*a provider told of a connection.*${connection.id}`));
    assert.ok((await on.gesher.api('DELETE', `/connections/${connection.id}`)).status < 300);
    await page.close();
  });

  test(`who leaves Link is asked what now: ${language}`, async () => {
    const { page, person, says } = await toLink(language);
    await press(page, 'exit');
    await page.waitForURL((url) => url.origin === new URL(on.gesher.url).origin);
    await page.getByRole('heading', { level: 1, name: says.left }).waitFor();
    await person.press(person.say('cancelled_at_institution_way_on'));
    await person.reached('leaving_title');
    await page.close();
  });
}

test('Link in a frame tells the page around it, and no other', async () => {
  const link = await plaid('link/token/create', {
    client_name: 'A page', language: 'en', country_codes: ['US'], user: { client_user_id: 'u' }, products: ['transactions'], institution_id: 'ins_900001',
  });
  const page = await on.browser.newPage();
  const around = `${sandbox()}/around`;
  await page.route(around, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Around</title><body></body>' }));
  await page.goto(around);
  await page.addScriptTag({ url: `${sandbox()}/plaid/link/v2/stable/link-initialize.js` });
  await page.evaluate((token) => {
    window.heard = [];
    const hear = (what) => (...said) => window.heard.push([what, ...said]);
    const handler = window.Plaid.create({
      token, onSuccess: hear('success'), onExit: hear('exit'), onEvent: (name) => window.heard.push(['event', name]), onLoad: () => handler.open(),
    });
    // Somebody else's word is not heard.
    window.postMessage({ source: 'fake-plaid-link', end: 'success', public_token: 'forged' }, '*');
  }, link.link_token);
  const frame = page.frameLocator('iframe[title="Plaid Link"]');
  await frame.locator('[name=username]').fill('user_good');
  await frame.locator('[name=password]').fill('pass_good');
  await frame.locator('main button[value=login]').click();
  await frame.locator('main button[value=accounts]').click();
  await frame.locator('main button[value=allow]').click();
  const heard = await until(() => page.evaluate(() => (window.heard.some(([what]) => what === 'success') ? window.heard : null)), 'success is heard');
  assert.deepEqual(heard.filter(([what]) => what === 'event').map(([, name]) => name), ['OPEN', 'SUBMIT_CREDENTIALS', 'HANDOFF']);
  const [[, token, metadata]] = heard.filter(([what]) => what === 'success');
  assert.equal(metadata.institution.institution_id, 'ins_900001');
  assert.match((await plaid('item/public_token/exchange', { public_token: token })).access_token, /^access-sandbox-/);
  assert.equal(await page.locator('iframe').count(), 0);
  await page.close();
});
