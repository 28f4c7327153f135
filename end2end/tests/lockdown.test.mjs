// A browser that runs scripts but refuses WebAssembly, as in a lockdown: the widget goes on as without scripts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { launchHere, toLeaving } from '../lib/leg.mjs';
import { frameOf, openHost } from '../lib/shop.mjs';
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

test('the frame, inline: it is as high as its content, on each screen and at each width', async () => {
  const page = await openHost(on.browser, on.gesher);
  await refuse(page);
  await page.reload();
  await page.setViewportSize({ width: 400, height: 900 });
  const connection = await on.gesher.connect({ language: 'en' });
  await page.evaluate((token) => { Gesher.open({ token, mode: 'inline', container: document.querySelector('main') }); }, connection.connect_token);
  const frame = await frameOf(page, on.gesher);
  const person = widget(frame, 'en', { scripts });
  const fits = () =>
    until(() => frame.evaluate(() => {
      const content = document.querySelector('.content');
      const spare = content.clientHeight - content.scrollHeight;
      const last = Math.max(...[...content.children].map((part) => part.getBoundingClientRect().bottom));
      return spare >= 0 && content.getBoundingClientRect().bottom - last < 120;
    }).catch(() => false), 'as high as its content');
  await person.reached('picker_title');
  await fits();
  const before = await page.locator('iframe').evaluate((element) => element.offsetHeight);
  await person.choose();
  await fits();
  assert.notEqual(await page.locator('iframe').evaluate((element) => element.offsetHeight), before);
  await page.setViewportSize({ width: 300, height: 900 });
  await fits();
  await page.close();
});

/** A connection in a host page's modal; gives what is needed to go through it. */
async function modal() {
  const connection = await on.gesher.connect({ language: 'en', state: 'order "7" & <ü>' });
  const page = await openHost(on.browser, on.gesher);
  await refuse(page);
  await page.reload();
  const asked = watch(page);
  await page.evaluate((token) => {
    window.heard = [];
    const note = (kind) => (payload) => window.heard.push([kind, payload]);
    window.handle = Gesher.open({ token, onEvent: note('event'), onSuccess: note('success'), onExit: note('exit') });
  }, connection.connect_token);
  const frame = await frameOf(page, on.gesher);
  const heard = (kind) => page.evaluate((wanted) => window.heard.filter(([each]) => each === wanted).map(([, payload]) => payload), kind);
  return { connection, page, asked, frame, heard, person: widget(frame, 'en', { scripts }), told: (kind) => until(async () => (await heard(kind))[0], kind, 20_000) };
}

test('the frame: forms are posted plainly, and the host\'s page hears of the success', async () => {
  const { connection, page, asked, frame, heard, person, told } = await modal();
  const passed = async (key) => {
    await until(async () => {
      if (await person.heading(person.say(key)).isVisible()) return true;
      const again = frame.getByRole('button', { name: person.say('check_again') });
      if (await again.isVisible()) await again.click().catch(() => {});
      return false;
    }, key, 20_000);
  };
  await person.choose();
  await person.logIn({ password: 'wrong' });
  await person.alert().filter({ hasText: person.say('wrong_credentials') }).waitFor({ timeout: 20_000 });
  await person.logIn();
  await passed('challenge_title');
  await person.confirm(CODE);
  await passed('success_title');
  assert.ok(asked.length >= 4 && asked.every(([type, path]) => type === 'document' && path.startsWith('/w/do/')), JSON.stringify(asked));
  const success = await told('success');
  assert.deepEqual([success.connection_id, success.state], [connection.id, 'order "7" & <ü>']);
  assert.equal((await on.gesher.exchange(success.public_token, connection.customer)).status, 200);
  await on.gesher.status(connection.id, 'active');
  const events = await heard('event');
  for (const type of ['ready', 'step', 'error', 'success']) assert.ok(events.some((event) => event.type === type), type);
  assert.equal(events.find(({ type }) => type === 'error').payload.failure.code, 'wrong_credentials');
  // Whoever closes it now has not cancelled anything.
  await person.press(person.say('close'));
  assert.deepEqual(await told('exit'), { reason: 'completed', query: null });
  await until(async () => (await page.locator('iframe').count()) === 0, 'the modal is gone');
  await page.close();
});

test('the frame: the person closes it, or the host\'s page does', async () => {
  for (const close of [({ person }) => person.press(person.say('close')), ({ page }) => page.evaluate(() => window.handle.close())]) {
    const opened = await modal();
    await opened.person.reached('picker_title');
    await until(async () => (await opened.heard('event')).some(({ type }) => type === 'ready'), 'ready');
    await close(opened);
    assert.deepEqual(await opened.told('exit'), { reason: 'cancelled', query: null });
    await opened.page.close();
  }
});
