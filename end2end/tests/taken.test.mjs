// Two windows on one session: the older one takes it back by a press, as long as nobody is at the bank, and only by a press.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS } from '../lib/bank.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { launch, toLeaving } from '../lib/leg.mjs';
import { frameOf, openConnection } from '../lib/shop.mjs';
import { stage, stageFor } from '../lib/stage.mjs';
import { BANK, institution, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();

for (const language of LANGUAGES) {
  test(`frames: back and forth, by presses alone, and on to the end: ${language}`, async () => {
    const connection = await on.gesher.connect({ language });
    const first = await openConnection(on.browser, on.gesher, connection, language);
    await first.widget.choose();
    const second = await openConnection(on.browser, on.gesher, connection, language);
    await second.widget.reached('form_title');
    for (const [back, away] of [[first, second], [second, first], [first, second]]) {
      await back.page.bringToFront();
      await back.widget.reached('taken_title');
      await back.widget.press(back.widget.say('continue_here'));
      await back.widget.reached('form_title');
      await away.page.bringToFront();
      await away.widget.reached('taken_title');
    }
    // Neither window takes anything by itself.
    await second.page.waitForTimeout(3000);
    await first.page.bringToFront();
    await first.widget.heading(first.widget.say('form_title')).waitFor();
    await first.widget.logIn();
    await first.widget.confirm();
    await first.told('success');
    assert.deepEqual(await second.heard('success'), []);
    const seqs = (await first.heard('event')).map(({ seq }) => seq);
    assert.deepEqual(seqs, seqs.map((_, place) => place + 1), 'no gaps');
    await Promise.all([first.page.close(), second.page.close()]);
  });
}

test('a reload keeps what was taken back', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const first = await openConnection(on.browser, on.gesher, connection, 'en');
  await first.widget.choose();
  const second = await openConnection(on.browser, on.gesher, connection, 'en');
  await second.widget.reached('form_title');
  await first.page.bringToFront();
  await first.widget.reached('taken_title');
  await first.widget.press(first.widget.say('continue_here'));
  await first.widget.reached('form_title');
  await first.frame.evaluate(() => { window.old = true; setTimeout(() => location.reload()); });
  await first.frame.waitForFunction(() => window.old === undefined && document.readyState === 'complete');
  await first.widget.reached('form_title');
  await second.page.bringToFront();
  await second.widget.reached('taken_title');
  await Promise.all([first.page.close(), second.page.close()]);
});

test('while the other window is at the bank there is only starting over', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const first = await openConnection(on.browser, on.gesher, connection, 'en');
  await first.widget.choose();
  const second = await openConnection(on.browser, on.gesher, connection, 'en');
  await second.widget.reached('form_title');
  await first.page.bringToFront();
  await first.widget.reached('taken_title');
  await second.page.bringToFront();
  await second.widget.press(second.widget.say('back'));
  await toLeaving(second.widget, BANKS.redirect, 'en');
  const bank = await launch(second.page, second.widget);
  await bank.arrived();
  await first.page.bringToFront();
  await first.widget.press(first.widget.say('continue_here'));
  await first.widget.reached('under_way_title');
  await first.widget.press(first.widget.say('start_over'));
  await first.widget.reached('picker_title');
  await second.page.bringToFront();
  await second.widget.reached('taken_title');
  await Promise.all([first.page.close(), second.page.close(), bank.page.close()]);
});

for (const scripts of [true, false]) {
  test(`the hosted page in two browsers, scripts ${scripts ? 'on' : 'off'}`, async (t) => {
    const { gesher, browser } = await stageFor(t, { browser: { javaScriptEnabled: scripts } });
    const other = await openBrowser({ javaScriptEnabled: scripts });
    t.after(() => other.close());
    for (const language of LANGUAGES) {
      const connection = await gesher.connect({ language, parent_origin: undefined });
      const open = async (its) => {
        const page = await its.newPage();
        await page.goto(connection.hosted_url);
        return { page, person: widget(page, language, { scripts }), look: () => (scripts ? null : page.reload()) };
      };
      const mine = await open(browser);
      await mine.person.choose();
      const theirs = await open(other);
      // Without scripts the first press takes it over.
      if (!scripts) await theirs.person.search(BANK[language]);
      await theirs.person.reached('form_title');
      await mine.look();
      await mine.person.reached('taken_title');
      await mine.look();
      await mine.person.reached('taken_title');
      await mine.person.press(mine.person.say('continue_here'));
      await mine.person.reached('form_title');
      await mine.person.logIn();
      await mine.person.confirm();
      await mine.person.reached('success_title');
      await theirs.look();
      await theirs.person.reached('taken_title');
      await mine.page.close();
      await theirs.page.close();
    }
    browser.assertQuiet();
    other.assertQuiet();
  });
}

test('a frame without scripts', async (t) => {
  const { gesher, browser } = await stageFor(t, { browser: { javaScriptEnabled: false } });
  for (const language of LANGUAGES) {
    const connection = await gesher.connect({ language });
    const open = async () => {
      const page = await browser.newPage();
      const address = `${gesher.shop}/a-host-page`;
      const body = `<!doctype html><title>Host</title><iframe src="${connection.widget_url}" width="360" height="640"></iframe>`;
      await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
      await page.goto(address);
      return { page, person: widget(await frameOf(page, gesher).catch(() => page.frames()[1]), language, { scripts: false }) };
    };
    const first = await open();
    await first.person.choose(institution('il-leumi'));
    const second = await open();
    await second.person.search(BANK[language]);
    await second.person.reached('form_title');
    await first.person.logIn();
    await first.person.reached('taken_title');
    // Whoever closes the older window leaves the newer one alone.
    await first.person.press(first.person.say('close'));
    await first.person.reached('taken_title');
    await first.person.press(first.person.say('continue_here'));
    await first.person.reached('form_title');
    await first.page.close();
    await second.page.close();
  }
  browser.assertQuiet();
});
