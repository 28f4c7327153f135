// A device whose clock is wrong, or is set in the middle: every time that the widget shows is right all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS, inApp } from '../lib/bank.mjs';
import { atChallenge } from '../lib/screens-forms.mjs';
import { openHosted } from '../lib/leg.mjs';
import { stage } from '../lib/stage.mjs';
import { PSU } from '../lib/widget.mjs';

const on = stage({ other: true });
const YEAR = 365 * 24 * 3600 * 1000;

/** From now on this page's and its frames' clock is off by so many milliseconds; `set` changes that. */
async function wrong(page, off) {
  await page.addInitScript((start) => {
    const Right = Date;
    window.off = start;
    window.Date = class extends Right {
      constructor(...given) {
        super(...(given.length ? given : [Right.now() + window.off]));
      }

      static now() {
        return Right.now() + window.off;
      }
    };
  }, off);
  return { set: (scope, now) => scope.evaluate((value) => { window.off = value; }, now) };
}

/** Seconds on the clock that the page shows. */
async function shown(page) {
  const [minutes, seconds] = (await page.locator('[data-clock]').textContent()).split(':').map(Number);
  return minutes * 60 + seconds;
}

/** The page's clock goes on as before after the device's clock was set. */
async function steady(page, act) {
  const before = await shown(page);
  await act();
  await page.waitForTimeout(2200);
  const passed = before - await shown(page);
  assert.ok(passed >= 1 && passed <= 4, `${passed} s of about 2`);
}

for (const [name, off] of [['a year ahead', YEAR], ['a year behind', -YEAR]]) {
  test(`a clock that is ${name} and jumps: the wait for the bank's app`, async () => {
    const page = await on.browser.newPage();
    const clock = await wrong(page, off);
    const { person } = await openHosted({ newPage: async () => page }, await on.gesher.connect({ language: 'en' }), 'en');
    assert.ok(Math.abs(await page.evaluate(() => Date.now()) - Date.now() - off) < 60_000);
    await person.choose(BANKS.app, BANKS.app.en);
    await person.field('psu_id').fill(PSU);
    await person.press(person.say('go_on'));
    await person.reached('waiting_title');
    await page.waitForTimeout(1200);
    const left = await shown(page);
    assert.ok(left > 240 && left <= 300, `${left} s`);
    await steady(page, () => clock.set(page, -off));
    await inApp(on.other, on.gesher, 'approve');
    await person.reached('success_title');
    await page.close();
  });

  test(`a clock that is ${name} and jumps: another code`, async () => {
    const page = await on.browser.newPage();
    const clock = await wrong(page, off);
    const { person } = await atChallenge({ newPage: async () => page }, on.gesher, 'en', 'sandbox-methods');
    await page.locator('input[type=radio][value=sms]').check();
    await person.press(person.say('go_on'));
    await person.code().waitFor();
    const again = page.locator('form.again button');
    assert.ok(await again.isDisabled(), 'not before it is time');
    await steady(page, () => clock.set(page, -off));
    await page.locator('form.again button:enabled').waitFor();
    await again.click();
    await page.getByText(person.say('resent')).waitFor();
    await person.confirm();
    await person.reached('success_title');
    await page.close();
  });
}
