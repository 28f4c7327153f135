// A link through Salt Edge, with the sandbox's: credentials and list by the operator's commands, the connect page, the data, the host's
// word that gives it back. In both languages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { launchHere, openHosted, toLeaving } from '../lib/leg.mjs';
import { request } from '../lib/http.mjs';
import { stage } from '../lib/stage.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const KEY = { 'App-id': 'sandbox-app-id', Secret: 'sandbox-secret-that-opens-invented-data' };
const BANK = { en: 'Fake Bank Interactive', he: 'Fake Bank Interactive' };
/** What the connect page says. */
const PAGE = {
  en: { title: 'Log in to Fake Bank Interactive', wrong: 'User name or password is wrong.', dir: 'ltr' },
  he: { title: 'כניסה אל Fake Bank Interactive', wrong: 'שם המשתמש או הסיסמה שגויים.', dir: 'rtl' },
};

const on = stage();
const tag = () => on.gesher.tag;
const command = (...given) => on.gesher.command(...given);

/** The connections at Salt Edge. */
async function there() {
  const answer = await request(`http://shop.localhost:${on.gesher.ports[1]}/salt-edge/dashboard/connections`, { headers: KEY });
  assert.equal(answer.status, 200, answer.text);
  return answer.json().connections;
}

/** The tenant's credentials and banks, once: a wrong secret is found first. */
let made;
const ready = () => (made ??= (async () => {
  await assert.rejects(command(['provider', 'check', tag(), 'salt_edge']), /nothing is set/);
  const settings = (secret) => `app_id=${KEY['App-id']}\nsecret=${secret}\n`;
  await command(['provider', 'set', tag(), 'salt_edge', '--mode', 'test'], settings('not-the-secret'));
  await assert.rejects(command(['provider', 'check', tag(), 'salt_edge']), /does not know app_id with secret/);
  await command(['provider', 'set', tag(), 'salt_edge', '--mode', 'test'], settings(KEY.Secret));
  assert.match(await command(['provider', 'check', tag(), 'salt_edge']), /salt_edge, test: well/);
  await command(['institutions', 'sync', 'salt_edge', '--tenant', tag(), '--mode', 'test']);
  await until(async () => {
    const { body } = await on.gesher.api('GET', `/institutions?include_sandbox=true&q=${encodeURIComponent(BANK.en)}`);
    return body.data.some((institution) => institution.name === BANK.en || institution.name?.en === BANK.en);
  }, 'the bank is listed', 30_000);
})());

for (const language of LANGUAGES) {
  test(`to Salt Edge's page and home again: ${language}`, async () => {
    await ready();
    await on.browser.context.clearCookies();
    const connection = await on.gesher.connect({ parent_origin: undefined, redirect_url: `${on.gesher.shop}/shop/return`, language });
    const { page, person } = await openHosted(on.browser, connection, language);
    await page.route((url) => url.origin === on.gesher.shop && url.pathname === '/shop/return', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Home</title>' }));
    await toLeaving(person, BANK, language);
    await launchHere(page, person);
    const says = PAGE[language];
    const title = (name) => page.getByRole('heading', { level: 1, name });
    await title(says.title).waitFor();
    assert.equal(await page.locator('html').getAttribute('dir'), says.dir);
    const logIn = async (password) => {
      await page.locator('[name=login]').fill('username');
      await page.locator('[name=password]').fill(password);
      await page.locator('main button[value=login]').click();
    };
    on.browser.expect(/status of 401/);
    await logIn('wrong');
    await page.getByRole('alert').getByText(says.wrong).waitFor();
    await logIn('secret');
    await page.locator('[name=code]').fill('12345');
    await page.locator('main button[value=code]').click();
    await person.reached('success_title');
    await page.getByRole('link', { name: person.say('return_to') }).click();
    await page.waitForURL((url) => url.pathname === '/shop/return');
    const token = new URL(page.url()).searchParams.get('public_token');
    assert.equal((await on.gesher.exchange(token, connection.customer)).status, 200);
    // A bank that wants a code each time is not refreshed without the person.
    await until(async () => {
      const { body } = await on.gesher.api('GET', `/connections/${connection.id}`);
      return ['active', 'completed'].includes(body.status) && body.auto_refresh === false;
    }, 'the data are there', 20_000);
    assert.ok((await on.gesher.list(`/connections/${connection.id}/accounts`)).length > 1);
    const mine = (all) => all.filter(({ last_attempt: { custom_fields: marks } }) => marks.gesher_connection === connection.id);
    assert.equal(mine(await there()).length, 1);
    assert.ok((await on.gesher.api('DELETE', `/connections/${connection.id}`)).status < 300);
    await until(async () => !mine(await there()).length, 'the connection at Salt Edge is removed', 20_000);
    await page.close();
  });
}
