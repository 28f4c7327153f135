// The invitation's time runs out while the person stands somewhere: the screen says so by itself, the host hears of it, and the way
// back is there. The server's clock is moved; the browser's runs on.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { BANKS, consentStatus } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { enter, read, visit } from '../lib/door.mjs';
import { atTheBank } from '../lib/ends.mjs';
import { captureReturns, launch } from '../lib/leg.mjs';
import { stage, stageFor } from '../lib/stage.mjs';
import { JOURNEYS, goTo } from '../lib/stages.mjs';
import { widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage({ gesher: { clock: true } });

afterEach(async () => {
  for (const page of on.browser.context.pages().slice(1)) await page.close();
});

const at = (journey, name) => [JOURNEYS[journey], JOURNEYS[journey].findIndex((each) => each.name === name)];
const HALF_AN_HOUR = { minutes: 31 };

// A browser keeps few lines to one server open at a time.
const GROUPS = [
  [at('form', 'picker'), at('form', 'form'), at('form', 'code'), at('form', 'accounts')],
  [at('bank', 'leaving'), at('bank', 'at the bank'), at('app', 'in the app'), at('failed', 'failed')],
];

async function isOver({ person, frame, page }) {
  await page.bringToFront();
  await person.reached('expired_title');
  await frame.getByText(person.say('expired_text')).waitFor();
  assert.match(await frame.locator('.support bdi').textContent(), /^\w{4}-\w{4}$/);
}

async function abandoned(there) {
  const found = await there.gesher.status(there.connection.id, 'abandoned');
  assert.equal(found.failure ?? null, null);
}

for (const language of LANGUAGES) {
  for (const group of GROUPS) {
    test(`in a host's page, at ${group.map(([stages, place]) => stages[place].name).join(', ')}: ${language}`, async () => {
      const visits = [];
      for (const [stages, place] of group) {
        // A modal stays until its end has been read, too.
        const there = await enter(on.browser, on.gesher, language, { door: 'frame', modal: group === GROUPS[0] });
        await goTo(there, stages, place);
        visits.push(there);
      }
      await on.gesher.later(HALF_AN_HOUR);
      for (const there of visits) {
        await isOver(there);
        await abandoned(there);
        assert.deepEqual(await there.heard('exit'), [], 'it can be read');
        await there.person.press(there.person.say('done'));
        assert.deepEqual(await there.told('exit'), { reason: 'expired', query: null });
      }
    });
  }

  test(`on the hosted page, and back to the host: ${language}`, async () => {
    const visits = [];
    for (const [stages, place] of [at('form', 'picker'), at('form', 'form'), at('form', 'code'), at('app', 'in the app')]) {
      const there = await enter(on.browser, on.gesher, language, { parent_origin: undefined, redirect_url: `${on.gesher.shop}/shop/return`, state: 'order 7' });
      await goTo(there, stages, place);
      visits.push(there);
    }
    await on.gesher.later(HALF_AN_HOUR);
    for (const there of visits) {
      await isOver(there);
      const back = new URL(await there.page.getByRole('link', { name: there.person.say('return_to') }).getAttribute('href'));
      assert.deepEqual(Object.fromEntries(back.searchParams), { connection_id: there.connection.id, status: 'expired', state: 'order 7' });
      await abandoned(there);
    }
  });

  test(`at the bank: whoever comes back later learns it, and the consent is taken back: ${language}`, async () => {
    on.browser.expect(/status of 4\d\d/);
    for (const [door, title] of [['frame', 'return_used_title'], ['page', 'expired_title']]) {
      const there = await enter(on.browser, on.gesher, language, { door });
      const bank = await atTheBank(there);
      const returns = await captureReturns(on.browser.context);
      const consent = await bank.goThrough();
      const back = await returns.next();
      await returns.deliver();
      await on.gesher.later(HALF_AN_HOUR);
      await abandoned(there);
      await bank.page.goto(back);
      await widget(bank.page, language).reached(title);
      if (door === 'frame') await isOver(there);
      await until(async () => (await consentStatus(on.gesher, BANKS.redirect, consent)) === 'terminatedByTpp', 'the consent is taken back');
      assert.equal((await read(there)).status, 'abandoned');
    }
  });

  test(`too long at the bank, with time left here: the window says so, and the way there is open again: ${language}`, async () => {
    on.browser.expect(/status of 4\d\d/);
    const there = await enter(on.browser, on.gesher, language, { door: 'frame' });
    const bank = await atTheBank(there);
    const returns = await captureReturns(on.browser.context);
    await bank.goThrough();
    const back = await returns.next();
    await returns.deliver();
    await on.gesher.later({ minutes: 11 });
    await bank.page.goto(back);
    await widget(bank.page, language).reached('return_late_title');
    await bank.page.close();
    await there.person.reached('at_bank_title');
    const again = await launch(there.page, there.person, 'go_again');
    await again.goThrough();
    await there.person.reached('success_title');
  });

  test(`after the success, unconfirmed: ${language}`, async () => {
    const there = await enter(on.browser, on.gesher, language, { door: 'frame' });
    await goTo(there, JOURNEYS.form);
    const { public_token: token } = await there.told('success');
    await on.gesher.later({ minutes: 11 });
    await abandoned(there);
    assert.ok((await on.gesher.exchange(token, there.connection.customer)).status >= 400);
  });

  test(`the link is opened too late: ${language}`, async () => {
    const connection = await on.gesher.connect({ language });
    await on.gesher.later(HALF_AN_HOUR);
    for (const door of ['frame', 'page']) {
      const there = await visit({ browser: on.browser, gesher: on.gesher, language, door, connection });
      await isOver(there);
      await abandoned(there);
    }
  });
}

// What the person sees run down is how long, not until when.
test('a server whose clock is wrong counts down right', async (t) => {
  const { gesher, browser } = await stageFor(t, { gesher: { clock: 7 * 3600 } });
  const there = await enter(browser, gesher, 'en');
  await goTo(there, JOURNEYS.app, 0);
  const left = (await there.page.locator('[data-clock]').textContent()).split(':').map(Number);
  const seconds = left[0] * 60 + left[1];
  assert.ok(seconds > 280 && seconds <= 300, `${seconds} s`);
  await there.page.close();
  browser.assertQuiet();
});
