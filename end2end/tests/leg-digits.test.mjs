// A browser that does not say where its requests come from: the person types the two digits that the widget shows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BANKS, bankPages } from '../lib/bank.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { startGesher } from '../lib/gesher.mjs';
import { assertNoData, openHosted, toLeaving, windowOf } from '../lib/leg.mjs';
import { openProxy } from '../lib/proxy.mjs';
import { openConnection } from '../lib/shop.mjs';
import { widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

let proxy;
let gesher;
let browser;
before(async () => {
  proxy = await openProxy(/^sec-fetch-/);
  gesher = await startGesher({
    urls: ([, shop]) => ({ GESHER_URL: `http://widget.localhost:${proxy.port}`, GESHER_SANDBOX_URL: `http://shop.localhost:${shop}` }),
    proxy,
  });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await gesher?.stop();
  await proxy?.close();
});

const BANK = BANKS.redirect;
const shown = (scope) => scope.locator('.to-type strong').textContent();
const other = (digits) => String((Number(digits) + 1) % 100).padStart(2, '0');

/** The page that asks for the digits. */
async function type(page, digits) {
  await page.locator('[name=digits]').fill(digits);
  await page.locator('[name=digits]').press('Enter');
}

for (const language of LANGUAGES) {
  test(`in a window of its own, wrong and then right: ${language}`, async () => {
    const connection = await gesher.connect({ language });
    const at = await openConnection(browser, gesher, connection, language);
    await toLeaving(at.widget, BANK, language);
    const digits = await shown(at.frame);
    assert.match(digits, /^\d\d$/);
    const page = await windowOf(at.page, () => at.widget.press(at.widget.say('go_to_bank')));
    const there = widget(page, language);
    await there.reached('digits_title');
    assert.ok(!(await page.content()).includes(`>${digits}<`), 'the page does not say them itself');
    await type(page, other(digits));
    await there.alert().filter({ hasText: there.say('digits_wrong') }).waitFor();
    await type(page, digits);
    await bankPages(page).goThrough();
    await there.reached('back_from_bank_title');
    await at.widget.reached('success_title');
    await at.page.close();
    browser.assertQuiet();
  });
}

test('in one tab, from the hosted page', async () => {
  const { page, person } = await openHosted(browser, await gesher.connect({ language: 'en' }), 'en');
  await toLeaving(person, BANK, 'en');
  const digits = await shown(page);
  await person.press(person.say('go_to_bank'));
  await person.reached('digits_title');
  await type(page, digits);
  await bankPages(page).goThrough();
  await person.reached('success_title');
  await page.close();
  browser.assertQuiet();
});

test('wrong digits lead nowhere, however often', async () => {
  const connection = await gesher.connect({ language: 'en' });
  const at = await openConnection(browser, gesher, connection, 'en');
  await toLeaving(at.widget, BANK, 'en');
  const digits = await shown(at.frame);
  const page = await windowOf(at.page, () => at.widget.press(at.widget.say('go_to_bank')));
  const there = widget(page, 'en');
  await there.reached('digits_title');
  for (let tries = 0; tries < 3; tries += 1) {
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await type(page, other(digits));
    await answered;
    await there.alert().filter({ hasText: there.say('digits_wrong') }).waitFor();
  }
  assert.equal((await at.types()).includes('redirect_opened'), false);
  await at.page.close();
  browser.assertQuiet();
});

test('a form of another site is asked for the digits, even when it brings them along', async (t) => {
  const victims = await openBrowser();
  t.after(() => victims.close());
  const connection = await gesher.connect({ language: 'en' });
  const at = await openConnection(browser, gesher, connection, 'en');
  await toLeaving(at.widget, BANK, 'en');
  const digits = await shown(at.frame);
  const ticket = await at.frame.locator('#main [name=ticket]').inputValue();
  const address = `http://evil.localhost:${gesher.ports[1]}/a-prize`;
  const body = `<!doctype html><title>A prize</title><form method="post" action="${gesher.url}/go"><input name="ticket" value="${ticket}">
    <input name="digits" value="${digits}"></form><script>document.forms[0].submit()</script>`;
  const page = await victims.newPage();
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  // The second time the browser has a cookie, but does not send it along with another site's form.
  for (let times = 0; times < 2; times += 1) {
    await page.goto(address);
    await widget(page, 'en').reached('digits_title');
  }
  assert.equal((await at.types()).includes('redirect_opened'), false);
  await assertNoData(gesher, connection);
  await at.page.close();
  victims.assertQuiet();
  browser.assertQuiet();
});
