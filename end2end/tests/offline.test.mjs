// The internet connection goes away and comes back, or the server does: the widget says so, keeps what was typed, goes on by
// itself, and sends nothing twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANKS, inApp } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { request } from '../lib/http.mjs';
import { captureReturns, launch, openHosted, toLeaving } from '../lib/leg.mjs';
import { openConnection } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { PSU } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage({ other: true });
const ACTS = /\/w\/(fn|events)\//;
const TYPED = { psu_id: PSU, username: 'user', password: 'pass' };

async function atForm(language) {
  const opened = await openConnection(on.browser, on.gesher, await on.gesher.connect({ language }), language);
  await opened.widget.choose();
  for (const [name, value] of Object.entries(TYPED)) await opened.widget.field(name).fill(value);
  const submits = [];
  opened.page.on('response', (response) => response.url().includes('/w/fn/submit') && submits.push(response.status()));
  const errors = async () => (await opened.heard('event')).filter(({ type }) => type === 'error').map(({ payload }) => payload);
  const note = (key) => opened.frame.getByText(opened.widget.say(key), { exact: false });
  return { ...opened, submits, errors, note };
}

async function typedStays({ widget }) {
  for (const [name, value] of Object.entries(TYPED)) assert.equal(await widget.field(name).inputValue(), value, name);
}

const failure = (code, blame, retryable, next_action) => ({ code, blame, retryable, next_action });

for (const language of LANGUAGES) {
  test(`offline and back on a form: ${language}`, async () => {
    on.browser.expect(/ERR_INTERNET_DISCONNECTED/);
    const at = await atForm(language);
    await on.browser.context.setOffline(true);
    await at.note('offline').waitFor();
    await at.note('offline_advice').waitFor();
    await at.widget.press(at.widget.say('go_on'));
    await typedStays(at);
    const told = await until(async () => (await at.errors())[0], 'the page hears of it');
    assert.deepEqual(told.failure, failure('offline', 'user', true, 'try_again'));
    await at.note('support_code').filter({ hasText: told.support_code }).waitFor();
    await on.browser.context.setOffline(false);
    await at.note('offline').waitFor({ state: 'detached' });
    await at.note('connected_again').waitFor();
    await typedStays(at);
    assert.deepEqual(at.submits, [], 'nothing was sent');
    assert.equal((await at.errors()).length, 1, 'told once');
    await at.widget.press(at.widget.say('go_on'));
    await at.widget.confirm();
    await at.widget.reached('success_title');
    assert.deepEqual(at.submits, [200, 200], 'the login once, the code once');
    await at.page.close();
  });

  test(`online, but the server does not answer: ${language}`, async () => {
    on.browser.expect(/ERR_CONNECTION_REFUSED/);
    const at = await atForm(language);
    await on.browser.context.route(ACTS, (route) => route.abort('connectionrefused'));
    await at.widget.press(at.widget.say('go_on'));
    await at.note('gesher_unreachable').first().waitFor();
    await at.frame.getByRole('button', { name: at.widget.say('try_again') }).click();
    await at.page.waitForTimeout(2500);
    assert.deepEqual((await at.errors()).map((error) => error.failure), [failure('gesher_unreachable', 'gesher', true, 'try_again')]);
    await on.browser.context.unroute(ACTS);
    await at.note('connected_again').waitFor({ timeout: 20_000 });
    await typedStays(at);
    await at.widget.press(at.widget.say('go_on'));
    await at.widget.reached('challenge_title');
    await at.page.close();
  });
}

test('an act whose answer was lost is not made again: the screen is where the session is', async () => {
  on.browser.expect(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
  const at = await atForm('en');
  let sent = 0;
  await on.browser.context.route(/\/w\/fn\/submit/, async (route) => {
    sent += 1;
    const asked = route.request();
    const answer = await request(asked.url(), { method: 'POST', headers: await asked.allHeaders(), body: asked.postDataBuffer() });
    assert.equal(answer.status, 200);
    await route.abort('internetdisconnected');
  });
  await at.widget.press(at.widget.say('go_on'));
  await at.widget.reached('challenge_title');
  await on.browser.context.unroute(/\/w\/fn\/submit/);
  assert.equal(sent, 1);
  await at.widget.confirm();
  await at.widget.reached('success_title');
  await at.page.close();
});

test('a search that was cut off is made when the connection is back', async () => {
  on.browser.expect(/ERR_INTERNET_DISCONNECTED/);
  const opened = await openConnection(on.browser, on.gesher, await on.gesher.connect({ language: 'en' }), 'en');
  await opened.widget.reached('picker_title');
  assert.doesNotMatch(await opened.frame.getByRole('option').first().textContent(), /leumi/i);
  await until(async () => (await opened.types()).includes('ready'), 'ready');
  await on.browser.context.setOffline(true);
  await opened.frame.getByText(opened.widget.say('offline')).waitFor();
  await opened.widget.search('leumi');
  await opened.page.waitForTimeout(500);
  await on.browser.context.setOffline(false);
  const first = opened.frame.getByRole('option').first();
  await until(async () => /leumi/i.test(await first.textContent()), 'what was searched for');
  await opened.page.close();
});

test('what the bank\'s app said meanwhile is shown when the connection is back', async () => {
  on.browser.expect(/ERR_INTERNET_DISCONNECTED/);
  const { page, person } = await openHosted(on.browser, await on.gesher.connect({ language: 'en' }), 'en');
  await person.choose(BANKS.app, BANKS.app.en);
  await person.field('psu_id').fill(PSU);
  await person.press(person.say('go_on'));
  await person.reached('waiting_title');
  await on.browser.context.setOffline(true);
  await page.getByText(person.say('offline')).waitFor();
  await inApp(on.other, on.gesher, 'approve');
  await on.browser.context.setOffline(false);
  await person.reached('success_title');
  await page.close();
});

test('what happened at the bank meanwhile is shown when the connection is back', async () => {
  on.browser.expect(/ERR_INTERNET_DISCONNECTED|status of 4\d\d/);
  const opened = await openConnection(on.browser, on.gesher, await on.gesher.connect({ language: 'en' }), 'en');
  await toLeaving(opened.widget, BANKS.redirect, 'en');
  const bank = await launch(opened.page, opened.widget);
  const returns = await captureReturns(on.browser.context);
  await bank.goThrough();
  const back = await returns.next();
  const cookies = await on.browser.context.cookies(on.gesher.url);
  await on.browser.context.setOffline(true);
  await opened.page.bringToFront();
  await opened.frame.getByText(opened.widget.say('offline')).waitFor();
  // The person's browser got through to the callback, from a window of its own.
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const answer = await request(back, { headers: { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } });
  assert.ok(answer.status < 400, String(answer.status));
  assert.deepEqual(await opened.heard('success'), []);
  await on.browser.context.setOffline(false);
  await opened.widget.reached('success_title');
  await opened.told('success');
  await returns.deliver();
  await opened.page.close();
});

test('too many acts, a server that broke, and a session that is gone each say what they are', async () => {
  on.browser.expect(/status of (429|500|410)/);
  const answer = (status, code) => (route) => route.fulfill({ status, contentType: 'application/octet-stream', body: Buffer.from([code]) });
  const at = await atForm('en');
  for (const [status, code, key, told] of [
    [429, 2, 'too_many_requests', failure('too_many_requests', 'user', true, 'come_back_later')],
    [500, 3, 'trouble_broken', failure('internal', 'gesher', true, 'start_over')],
  ]) {
    await on.browser.context.route(/\/w\/fn\/submit/, answer(status, code));
    await at.widget.press(at.widget.say('go_on'));
    await at.note(key).waitFor();
    await on.browser.context.unroute(/\/w\/fn\/submit/);
    assert.deepEqual((await at.errors()).at(-1).failure, told);
    await typedStays(at);
  }
  await on.browser.context.route(/\/w\/fn\/submit/, answer(410, 1));
  await at.widget.press(at.widget.say('go_on'));
  assert.deepEqual(await at.told('exit'), { reason: 'expired', query: null });
  await on.browser.context.unroute(/\/w\/fn\/submit/);
  await at.page.close();
});
