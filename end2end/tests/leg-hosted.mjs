// The bank's pages and the hosted page in one tab, with scripts and without, and the way home to the host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS, bankPages, consentStatus, inApp } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { captureReturns, launchHere, openHosted, toLeaving, unreachable } from '../lib/leg.mjs';
import { stage } from '../lib/stage.mjs';
import { PSU } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const STATE = 'order 7 & ü';

/** A redirect URL of the host's that has a query of its own. */
const withQuery = (gesher) => `${gesher.shop}/shop/return?from=link`;

/** What the host finds in the address at which it gets the person back. The host's own page is not asked. */
async function homecoming(page, gesher) {
  const addresses = [];
  await page.route((url) => url.origin === gesher.shop && url.pathname === '/shop/return', (route) => {
    addresses.push(route.request().url());
    return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Home</title>' });
  });
  return { addresses, next: async () => new URL(await until(() => addresses[0], 'the host has the person back', 15_000)) };
}

const parameters = (url) => [...url.searchParams.keys()];

/** The tests, in a browser with scripts or without. */
export function hostedLegs({ scripts }) {
  const on = stage({ browser: { javaScriptEnabled: scripts } });
  const invite = (over) => on.gesher.connect({ parent_origin: undefined, redirect_url: withQuery(on.gesher), state: STATE, ...over });

  /** The hosted page of a new connection, and the host that waits for the person. */
  async function begin(language, over) {
    await on.browser.context.clearCookies();
    const connection = await invite({ language, ...over });
    const { page, person } = await openHosted(on.browser, connection, language, { scripts });
    return { connection, page, person, home: await homecoming(page, on.gesher) };
  }

  /** The person comes home, by a press or by themselves, with what the host's backend needs and nothing else. */
  async function comesHome({ connection, page, person, home }, press = true) {
    if (press) await page.getByRole('link', { name: person.say('return_to') }).click();
    const back = await home.next();
    assert.deepEqual(parameters(back), ['from', 'connection_id', 'public_token', 'state']);
    assert.equal(back.searchParams.get('from'), 'link');
    assert.equal(back.searchParams.get('connection_id'), connection.id);
    assert.equal(back.searchParams.get('state'), STATE);
    assert.equal((await on.gesher.exchange(back.searchParams.get('public_token'), connection.customer)).status, 200);
    await on.gesher.status(connection.id, 'active');
  }

  for (const language of LANGUAGES) {
    for (const name of ['redirect', 'twoStep', 'oauth']) {
      test(`the ${name} bank and home again: ${language}`, async () => {
        const bank = BANKS[name];
        const at = await begin(language);
        await toLeaving(at.person, bank, language);
        const there = await launchHere(at.page, at.person);
        await there.arrived();
        await there.speak(language);
        const consent = await there.goThrough();
        await at.person.reached('success_title');
        assert.match(new URL(at.page.url()).pathname, /^\/c\//);
        assert.equal(new URL(at.page.url()).search, '', 'nothing of the bank\'s answer stays in the address');
        await comesHome(at, name !== 'redirect');
        assert.equal(await consentStatus(on.gesher, bank, consent), 'valid');
        await at.page.close();
      });
    }

    test(`the bank's app and home again: ${language}`, async () => {
      const at = await begin(language);
      await at.person.choose(BANKS.app, BANKS.app[language]);
      await at.person.field('psu_id').fill(PSU);
      await at.person.press(at.person.say('go_on'));
      await at.person.reached('waiting_title');
      await inApp(on.browser, on.gesher, 'approve');
      await at.person.reached('success_title');
      await comesHome(at);
      await at.page.close();
    });
  }

  test('declined at the bank: home only by a press, with no token', async () => {
    const { connection, page, person, home } = await begin('en');
    await toLeaving(person, BANKS.oauth, 'en');
    const there = await launchHere(page, person);
    const consent = await there.arrived();
    await there.logIn();
    await there.decline();
    await person.reached('consent_rejected');
    assert.equal(await consentStatus(on.gesher, BANKS.oauth, consent), 'rejected');
    // A success would have gone home by then.
    await page.waitForTimeout(6000);
    assert.deepEqual(home.addresses, []);
    await page.getByRole('link', { name: person.say('return_to') }).click();
    const back = await home.next();
    assert.deepEqual(parameters(back), ['from', 'connection_id', 'status', 'state']);
    assert.equal(back.searchParams.get('connection_id'), connection.id);
    assert.equal(back.searchParams.get('state'), STATE);
    await page.close();
  });

  test('left by the person: the same', async () => {
    const { page, person, home } = await begin('en');
    await person.press(person.say('close'));
    await person.reached('cancelled_title');
    await page.getByRole('link', { name: person.say('return_to') }).click();
    const back = await home.next();
    assert.deepEqual(parameters(back), ['from', 'connection_id', 'status', 'state']);
    assert.equal(back.searchParams.get('status'), 'cancelled');
    await page.close();
  });

  test('the back button at the bank, and the same way again', async () => {
    const { page, person } = await begin('en');
    await toLeaving(person, BANKS.redirect, 'en');
    const there = await launchHere(page, person);
    const first = await there.arrived();
    await page.goBack();
    // Whether the browser loads the page anew or shows what it kept, the way to the bank is there.
    await page.getByRole('heading', { level: 1, name: person.say('at_bank_title') })
      .or(person.heading(person.say('leaving_title'))).waitFor();
    await page.locator('footer button[form=main]').click();
    const second = await there.goThrough();
    await person.reached('success_title');
    assert.notEqual(first, second, 'a launch is a consent of its own');
    assert.equal(await consentStatus(on.gesher, BANKS.redirect, first), 'terminatedByTpp');
    assert.equal(await consentStatus(on.gesher, BANKS.redirect, second), 'valid');
    await page.close();
  });

  test('the way back is gone twice: the page shows how it went', async () => {
    const { page, person } = await begin('en');
    await toLeaving(person, BANKS.redirect, 'en');
    const there = await launchHere(page, person);
    const returns = await captureReturns(on.browser.context);
    await there.goThrough();
    const back = await returns.next();
    await returns.deliver();
    for (let times = 0; times < 2; times += 1) {
      await page.goto(back);
      await person.reached('success_title');
      assert.match(new URL(page.url()).pathname, /^\/c\//);
    }
    await page.close();
  });

  test('asked for by the host, it goes to the bank without a press', async () => {
    const { page, person } = await begin('en', { auto_redirect: true });
    await person.search(BANKS.redirect.en);
    await person.tile(BANKS.redirect.en).first().click();
    await bankPages(page).goThrough();
    await person.reached('success_title');
    await page.close();
  });

  test('a bank that does not answer: the page on the way names both, and has a link', async () => {
    const { page, person } = await begin('en');
    await toLeaving(person, BANKS.redirect, 'en');
    const away = await unreachable(on.browser.context, /\/psd2\/redirect-bank\/authorise\//);
    await person.press(person.say('go_to_bank'));
    await away.tried();
    await person.reached('departure_title');
    await page.getByText(BANKS.redirect.en).first().waitFor();
    await page.getByText('Pinkas').first().waitFor();
    await away.release();
    await page.getByRole('link', { name: person.say('go_to_bank') }).click();
    await bankPages(page).goThrough();
    await person.reached('success_title');
    await page.close();
  });
}
