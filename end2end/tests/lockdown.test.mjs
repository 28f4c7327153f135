// A browser that runs scripts but refuses WebAssembly, as in a lockdown: the widget goes on as without scripts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { launchHere, toLeaving } from '../lib/leg.mjs';
import { stage } from '../lib/stage.mjs';
import { CODE, institution, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
const scripts = false;

/** From now on this page and its frames are without WebAssembly. */
const refuse = (page) => page.addInitScript(() => { delete globalThis.WebAssembly; });

/** Everything that the page asks for by script is written down. */
function watch(page) {
  const asked = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') asked.push([request.resourceType(), new URL(request.url()).pathname]);
  });
  return asked;
}

test('the hosted page: a bank with a form, from the search to the way back', async () => {
  for (const language of LANGUAGES) {
    const connection = await on.gesher.connect({ language, parent_origin: undefined });
    const page = await on.browser.newPage();
    await refuse(page);
    const asked = watch(page);
    await page.goto(connection.hosted_url);
    assert.equal(await page.evaluate(() => typeof WebAssembly), 'undefined');
    const person = widget(page, language, { scripts });
    await person.choose(institution('il-leumi'));
    await person.logIn({ username: 'user', password: 'wrong' });
    await person.alert().filter({ hasText: person.say('wrong_credentials') }).waitFor({ timeout: 20_000 });
    await person.logIn();
    await person.confirm(CODE);
    await person.reached('success_title');
    const link = page.getByRole('link', { name: person.say('return_to') });
    const back = new URL(await link.getAttribute('href'));
    const exchanged = await on.gesher.exchange(back.searchParams.get('public_token'), connection.customer);
    assert.equal(exchanged.status, 200);
    assert.ok(asked.length >= 4 && asked.every(([type, path]) => type === 'document' && path.startsWith('/w/do/')), JSON.stringify(asked));
    on.browser.expect(/status of 4\d\d/);
    // It goes back by itself, as a page without scripts does.
    await page.waitForURL((url) => url.origin === on.gesher.shop, { timeout: 15_000 });
    await page.close();
  }
});

test('the hosted page: a bank with pages of its own', async () => {
  const connection = await on.gesher.connect({ language: 'he', parent_origin: undefined });
  const page = await on.browser.newPage();
  await refuse(page);
  await page.goto(connection.hosted_url);
  const person = widget(page, 'he', { scripts });
  await toLeaving(person, BANKS.redirect, 'he');
  const bank = await launchHere(page, person);
  await bank.goThrough();
  await person.reached('success_title');
  await page.close();
});

test('the frame: forms are posted plainly, up to success', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const page = await on.browser.newPage();
  await refuse(page);
  const asked = watch(page);
  const address = `${on.gesher.shop}/a-host-page`;
  const body = `<!doctype html><html lang="en"><title>Host</title><iframe src="${connection.widget_url}" width="400" height="700"></iframe>`;
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  await page.goto(address);
  const frame = await until(() => page.frames().find((each) => each.url().includes('/w/ct_')), 'the frame');
  const person = widget(frame, 'en', { scripts });
  const passed = async (key) => {
    await until(async () => {
      if (await person.heading(person.say(key)).isVisible()) return true;
      const again = frame.getByRole('button', { name: person.say('check_again') });
      if (await again.isVisible()) await again.click().catch(() => {});
      return false;
    }, key, 20_000);
  };
  await person.choose();
  await person.logIn();
  await passed('challenge_title');
  await person.confirm(CODE);
  await passed('success_title');
  assert.ok(asked.length >= 4 && asked.every(([type, path]) => type === 'document' && path.startsWith('/w/do/')), JSON.stringify(asked));
  await page.close();
});
