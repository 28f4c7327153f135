// The hosted page, with scripts and without, up to the return at the shop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { stageFor } from '../lib/stage.mjs';
import { CODE, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

for (const scripts of [true, false]) {
  test(`hosted, scripts ${scripts ? 'on' : 'off'}`, async (t) => {
    const { gesher, browser } = await stageFor(t, { browser: { javaScriptEnabled: scripts } });

    for (const language of LANGUAGES) {
      const connection = await gesher.connect({ language, parent_origin: undefined, state: 'order 7 & ü' });
      const page = await browser.newPage();
      await page.goto(connection.hosted_url);
      assert.equal(await page.locator('html').getAttribute('dir'), language === 'he' ? 'rtl' : 'ltr');
      const person = widget(page, language, { scripts });
      await person.choose();
      await until(() => new URL(page.url()).pathname.startsWith('/c/'), 'the address has no token in it');

      const cookies = await page.context().cookies(gesher.url);
      const session = new URL(page.url()).pathname.slice(3);
      const cookie = cookies.find(({ name }) => name === `__Host-gesher-${session}`);
      assert.deepEqual([cookie?.httpOnly, cookie?.secure, cookie?.sameSite], [true, true, 'Lax']);

      await person.logIn({ password: 'wrong' });
      await person.alert().filter({ hasText: person.say('wrong_credentials') }).waitFor();
      assert.equal(await person.field('username').inputValue(), 'user', 'what was typed stays');
      assert.equal(await person.field('password').inputValue(), '', 'a password does not');
      await page.reload();
      await person.reached('form_title');
      await person.logIn();
      await person.confirm('99999');
      await person.alert().filter({ hasText: person.say('wrong_code') }).waitFor();
      assert.equal(await person.code().inputValue(), '');
      await person.confirm(CODE);
      await person.reached('success_title');

      const link = page.getByRole('link', { name: person.say('return_to') });
      const back = new URL(await link.getAttribute('href'));
      assert.equal(back.origin, gesher.shop);
      assert.equal(back.searchParams.get('connection_id'), connection.id);
      assert.equal(back.searchParams.get('state'), 'order 7 & ü');
      const exchanged = await gesher.exchange(back.searchParams.get('public_token'), connection.customer);
      assert.equal(exchanged.status, 200);
      await gesher.status(connection.id, 'active');
      browser.expect(/status of 4\d\d/);
      await link.click();
      await page.waitForURL((url) => url.origin === gesher.shop);
      await page.close();
      browser.assertQuiet();
    }

    // Two sessions in one browser do not mix.
    const [one, two] = await Promise.all([gesher.connect({ language: 'en' }), gesher.connect({ language: 'he' })]);
    const pages = [];
    for (const [connection, language] of [[one, 'en'], [two, 'he']]) {
      const page = await browser.newPage();
      await page.goto(connection.hosted_url);
      await widget(page, language, { scripts }).choose();
      pages.push(page);
    }
    await pages[0].reload();
    await widget(pages[0], 'en').reached('form_title');
    await pages[1].reload();
    await widget(pages[1], 'he').reached('form_title');
    browser.assertQuiet();
  });
}
