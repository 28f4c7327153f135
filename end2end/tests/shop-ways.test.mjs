// The demo shop's ways in without the widget in its page, as a visitor goes them: by the start page and by a link, to the bank, and
// back to the shop's own address, where the connection is shown.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../lib/sites.mjs';
import { stage } from '../lib/stage.mjs';
import { CODE, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
const shopWords = (language) => JSON.parse(readFileSync(join(ROOT, 'server/sandbox/src/shop/static', `${language}.json`), 'utf8'));

for (const language of LANGUAGES) {
  for (const [way, open, path, call] of [
    ['way_start', 'way_start_open', /^\/start\//, 'create_connect_token'],
    ['way_link', 'way_link_open', /^\/l\//, 'create_link_token'],
  ]) {
    test(`from the shop by ${call} and back: ${language}`, async () => {
      await on.browser.context.clearCookies();
      const say = shopWords(language);
      const page = await on.browser.newPage();
      const calls = [];
      page.on('request', (request) => calls.push(new URL(request.url()).pathname.split('/').at(-1)));
      await page.goto(`${on.gesher.GESHER_SHOP_URL}/?lang=${language}`);
      await page.getByRole('button', { name: say[way] }).click();
      const link = page.getByRole('link', { name: say[open] });
      assert.match(new URL(await link.getAttribute('href')).pathname, path);
      await link.click();

      const person = widget(page, language);
      await page.getByRole('button', { name: person.say('start_go_on') }).click();
      await person.reached('picker_title');
      await person.choose();
      await person.logIn();
      await person.confirm(CODE);
      await person.reached('success_title');

      // The hosted page goes home by itself, after some seconds.
      await page.waitForURL((url) => url.origin === on.gesher.GESHER_SHOP_URL && url.pathname === '/', { timeout: 20_000 });
      await page.locator('#accounts').getByText(say.st_active).waitFor({ timeout: 20_000 });
      assert.ok((await page.locator('#accounts table tbody tr').count()) > 0);
      for (const each of [call, 'create_redirect_url']) assert.ok(calls.includes(each), `${each} in ${calls}`);
      await page.close();
      on.browser.assertQuiet();
    });
  }
}
