// What takes time or changes with the light: words while something is on its way, marks that stay what they are, and no glare.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { startGesher } from '../lib/gesher.mjs';
import { atChallenge } from '../lib/screens-forms.mjs';
import { SCREENS } from '../lib/screens.mjs';
import { stage } from '../lib/stage.mjs';
import { BANK, institution, PSU, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();

/** Keeps this act's answer back until words have been read, and holds them to these. */
async function words(page, act, expected, doIt) {
  let release;
  const free = new Promise((resolve) => { release = resolve; });
  await page.route(`**/w/fn/${act}*`, async (route) => {
    await free;
    await route.continue();
  }, { times: 1 });
  await doIt();
  const said = await until(async () => (await page.locator('.notes .words').textContent()).trim(), `words while ${act} is on its way`);
  assert.match(said, expected instanceof RegExp ? expected : new RegExp(`^${expected}$`));
  release();
}

for (const language of LANGUAGES) {
  test(`no act waits without words: ${language}`, async () => {
    const connection = await on.gesher.connect();
    const page = await on.browser.newPage();
    await page.goto(connection.hosted_url);
    const english = widget(page, 'en');
    await english.reached('picker_title');
    if (language === 'he') await words(page, 'language', english.say('one_moment'), () => page.getByRole('button', { name: 'עברית' }).click());
    const person = widget(page, language);
    await person.reached('picker_title');
    const moment = person.say('one_moment');
    const tile = institution('sandbox-accounts');
    await words(page, 'search', person.say('searching'), () => person.search(tile[language]));
    await words(page, 'choose', moment, () => person.tile(tile[language]).first().click());
    await person.reached('form_title');
    const sending = person.say('sending', { institution: tile[language] });
    await words(page, 'submit', sending, () => person.logIn({ psu: PSU }));
    await person.reached('challenge_title');
    await words(page, 'submit', sending, () => person.confirm());
    await person.reached('accounts_pick_title');
    await words(page, 'accounts', moment, () => person.press(person.say('go_on')));
    await person.reached('success_title');
    await page.close();

    const { page: again, person: leaver } = await atChallenge(on.browser, on.gesher, language, BANK.id);
    // While a clock runs for another code, the way to it is closed, also in the moment after a wrong one.
    await again.evaluate(() => {
      window.open = [];
      new MutationObserver(() => {
        const button = document.querySelector('[data-resend]');
        const clock = document.querySelector('[data-clock]');
        if (button && clock) requestAnimationFrame(() => { if (button.isConnected && !button.disabled) window.open.push(clock.textContent); });
      }).observe(document.querySelector('.stage'), { childList: true, subtree: true });
    });
    await leaver.confirm('99999');
    await leaver.alert().filter({ hasText: leaver.say('wrong_code') }).waitFor();
    assert.deepEqual(await again.evaluate(() => window.open), []);
    await words(again, 'start_over', moment, () => leaver.press(leaver.say('back')));
    await leaver.reached('picker_title');
    await words(again, 'cancel', moment, () => leaver.press(leaver.say('close')));
    await leaver.reached('cancelled_title');
    await again.close();
  });
}

/** How bright a picture is, 0 to 1, and how much of it is nearly white. */
const light = (page, png) =>
  page.evaluate(async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    canvas.drawImage(bitmap, 0, 0);
    const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
    let sum = 0, white = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [r, g, b] = [data[at], data[at + 1], data[at + 2]].map((part) => (part / 255) ** 2.2);
      const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      sum += luminance;
      if (luminance > 0.8) white += 1;
    }
    return { mean: sum / (data.length / 4), white: white / (data.length / 4) };
  }, png.toString('base64'));

test('by night nothing glares', { timeout: 120_000 }, async () => {
  const blank = await on.browser.newPage();
  const glaring = [];
  for (const name of ['picker', 'form', 'form-problems', 'form-locked', 'methods', 'picture', 'accounts', 'leaving', 'waiting', 'success', 'failed', 'cancelled', 'unknown', 'departure']) {
    on.browser.expect(/status of 4\d\d|ERR_/);
    const { page } = await SCREENS[name](on.browser, on.gesher, 'he');
    await page.setViewportSize({ width: 360, height: 640 });
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const { mean, white } = await light(blank, await page.screenshot());
    if (mean > 0.15 || white > 0.04) glaring.push(`${name}: ${mean.toFixed(3)} bright, ${(white * 100).toFixed(1)} % white`);
    await page.close();
    await on.browser.context.unrouteAll({ behavior: 'ignoreErrors' });
    await on.browser.context.clearCookies();
  }
  assert.deepEqual(glaring, []);
  await blank.close();
});

/** Letters and colour of the bank's mark on a screen. */
const marks = (scope) =>
  scope.locator('.mark:not(.tenant)').evaluateAll((all) => [...new Set(all.map((each) => `${each.textContent} ${getComputedStyle(each).backgroundColor}`))]);

test('a bank\'s mark is the same on every screen and at every start', async (t) => {
  for (const language of LANGUAGES) {
    const connection = await on.gesher.connect({ language });
    const page = await on.browser.newPage();
    await page.goto(connection.hosted_url);
    const person = widget(page, language);
    await person.search(BANK[language]);
    const tile = person.tile(BANK[language]).first();
    // What is being replaced has no colour.
    const mark = await until(async () => (await marks(tile)).find((each) => each.includes('rgb')), 'a mark');
    await tile.click();
    await person.reached('form_title');
    assert.deepEqual(await marks(page), [mark]);
    await person.logIn();
    await person.confirm();
    await person.reached('success_title');
    assert.deepEqual(await marks(page), [mark]);
    await page.close();

    const other = await startGesher();
    t.after(() => other.stop());
    const again = await on.browser.newPage();
    await again.goto((await other.connect({ language, institution_ids: [BANK.id] })).hosted_url);
    await widget(again, language).reached('form_title');
    assert.deepEqual(await marks(again), [mark]);
    await again.close();
  }
  const { page } = await SCREENS.departure(on.browser, on.gesher, 'en');
  const [away] = await marks(page);
  assert.ok(away, `the page on the way to ${BANKS.redirect.en} shows a mark`);
  await page.close();
});
