// The widget is taken away: by the host's page, by the person's key, with a word to the frame or without. And opened again, by the
// same invitation.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { enter, read, visit } from '../lib/door.mjs';
import { stage } from '../lib/stage.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage({ gesher: { clock: true } });

afterEach(async () => {
  for (const page of on.browser.context.pages().slice(1)) await page.close();
});

/** Ways to take it away: what the page hears, and whether the invitation can be opened again at once. */
const WAYS = {
  'the modal is closed by its handle': { modal: true, over: true, hears: ['cancelled'], act: ({ page }) => page.evaluate(() => window.handle.close()) },
  'the modal is left by the Escape key': {
    modal: true, over: true, hears: ['cancelled'], act: async ({ person, page }) => { await person.field('username').focus(); await page.keyboard.press('Escape'); },
    // The key belongs to the page around the frame.
    outside: true,
  },
  'the page throws the modal away': { modal: true, hears: ['cancelled'], act: ({ page }) => page.evaluate(() => document.querySelector('body > div').remove()) },
  'the page destroys the modal': { modal: true, hears: [], act: ({ page }) => page.evaluate(() => window.handle.destroy()) },
  'the page removes the frame': { hears: [], act: ({ page }) => page.evaluate(() => document.querySelector('iframe').remove()) },
  'the page goes elsewhere': { hears: null, act: ({ page }) => page.goto('about:blank') },
};

for (const [name, { modal = false, over = false, hears, act, outside }] of Object.entries(WAYS)) {
  for (const language of LANGUAGES) {
    test(`${name}: ${language}`, async () => {
      const there = await enter(on.browser, on.gesher, language, { door: 'frame', modal });
      await there.person.choose();
      await until(async () => (await there.types()).includes('ready'), 'ready');
      if (outside) {
        await there.page.evaluate(() => document.querySelector('body > div').shadowRoot.querySelector('dialog').focus());
        await there.page.evaluate(() => document.querySelector('body > div').shadowRoot.querySelector('dialog')
          .dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true })));
      } else {
        await act(there);
      }
      await until(async () => (await there.page.locator('iframe').count()) === 0, 'the frame is gone');
      if (hears) {
        if (hears.length) await there.told('exit');
        assert.deepEqual((await there.heard('exit')).map(({ reason }) => reason), hears);
        assert.deepEqual(await there.heard('success'), []);
      }
      // Nobody is at it, or only for as long as nobody has said so.
      assert.equal((await read(there)).status, over ? 'pending' : 'connecting');
      const second = await visit({ ...there, modal: false });
      await second.person.reached(over ? 'cancelled_title' : 'form_title');
      if (!over) {
        await second.person.logIn();
        await second.person.confirm();
        await second.person.reached('success_title');
      } else if (language === 'en') {
        await on.gesher.later({ minutes: 31 });
        await on.gesher.status(there.connection.id, 'abandoned');
      }
    });
  }
}
