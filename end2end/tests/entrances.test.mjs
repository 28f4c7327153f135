// Start pages and hosted links in a browser, with scripts and without, in both languages, from the press to the return.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostedLink, startPage } from '../lib/entrance.mjs';
import { stageFor } from '../lib/stage.mjs';
import { CODE, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

/** From the list of institutions to where the result goes. */
async function connect(page, person) {
  await person.choose();
  await person.logIn();
  await person.confirm(CODE);
  await person.reached('success_title');
  const link = page.getByRole('link', { name: person.say('return_to') });
  return new URL(await link.getAttribute('href'));
}

for (const scripts of [true, false]) {
  test(`a start page, scripts ${scripts ? 'on' : 'off'}`, async (t) => {
    const { gesher, browser } = await stageFor(t, { browser: { javaScriptEnabled: scripts } });
    for (const language of LANGUAGES) {
      const made = await startPage(gesher);
      const page = await browser.newPage();
      await page.goto(`${made.url}?lang=${language}&state=visit-1`);
      const person = widget(page, language, { scripts });
      assert.equal(await page.locator('html').getAttribute('dir'), language === 'he' ? 'rtl' : 'ltr');
      await page.getByRole('heading', { name: person.say('start_title') }).waitFor();
      assert.deepEqual(await page.context().cookies(gesher.url), [], 'looking sets no cookie');
      assert.equal((await gesher.api('GET', `/start_pages/${made.id}`)).body.used_today, 0);

      await page.getByRole('button', { name: person.say('start_go_on') }).click();
      await page.waitForURL((url) => url.pathname.startsWith('/c/'));
      await person.reached('picker_title');
      const back = await connect(page, person);
      assert.equal(back.origin, gesher.shop);
      assert.equal(back.searchParams.get('state'), 'visit-1');
      const exchanged = await gesher.exchange(back.searchParams.get('public_token'), { external_id: `visitor-${language}` });
      assert.equal(exchanged.status, 200, JSON.stringify(exchanged.body));
      assert.equal(exchanged.body.connection.customer.external_id, `visitor-${language}`);
      assert.equal(exchanged.body.connection.references.start_page_id, made.id);
      await page.context().clearCookies();
      await page.close();
      browser.assertQuiet();
    }
  });
}

test('the other language is a press away, and keeps the state', async (t) => {
  const { gesher, browser } = await stageFor(t);
  const made = await startPage(gesher);
  const page = await browser.newPage();
  await page.goto(`${made.url}?lang=en&state=a%26b`);
  await page.getByRole('button', { name: 'עברית' }).click();
  await page.getByRole('heading', { name: widget(page, 'he').say('start_title') }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('state'), 'a&b');
  assert.deepEqual(await page.context().cookies(gesher.url), []);
  browser.assertQuiet();
});

test('a hosted link is used once, and a double press uses it once', async (t) => {
  const { gesher, browser } = await stageFor(t);
  const made = await hostedLink(gesher, { language: 'en' });
  const page = await browser.newPage();
  await page.goto(made.url);
  const person = widget(page, 'en');
  await page.getByRole('button', { name: person.say('start_go_on') }).dblclick();
  await page.waitForURL((url) => url.pathname.startsWith('/c/'));
  await person.reached('picker_title');
  assert.equal((await gesher.api('GET', `/hosted_links/${made.id}`)).body.uses, 1);
  const back = await connect(page, person);
  assert.equal((await gesher.exchange(back.searchParams.get('public_token'), made.customer)).status, 200);
  browser.expect(/status of 410/);
  await page.goto(made.url);
  await page.getByRole('heading', { name: person.say('link_used_title') }).waitFor();
  browser.assertQuiet();
});

test('a start page shows nothing in a frame, and another site cannot press', async (t) => {
  const { gesher, browser } = await stageFor(t);
  const made = await startPage(gesher, { language: 'en' });
  const page = await browser.newPage();
  browser.expect(/./);
  await page.setContent(`<iframe name="framed" src="${made.url}"></iframe><form method="post" action="${gesher.url}/w/fn/create_connect_token">
    <input name="start_page" value="${made.url.split('/').at(-1)}"><input name="ticket" value="x"><button>go</button></form>`);
  await page.waitForTimeout(500);
  assert.equal(await page.frame('framed').locator('button').count(), 0);
  const answered = page.waitForResponse((answer) => answer.url().endsWith('/w/fn/create_connect_token'));
  await page.getByRole('button', { name: 'go' }).click();
  assert.equal((await answered).status(), 403);
  assert.equal((await gesher.api('GET', `/start_pages/${made.id}`)).body.used_today, 0);
});
