// One test for each bad end, door and language: the screen and its words, its one way on, what the host's page and the host's
// backend are told.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { enter, read } from '../lib/door.mjs';
import { triesLeft } from '../lib/ends.mjs';
import { FAILURES } from '../lib/failures.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const failureOf = ({ code, differs }) => code && { ...FAILURES[code], ...differs };

/** What the person reads: what happened, what to do, one way on, and a code to quote. Gives that code. */
async function screen({ person, frame, door, language }, end) {
  const { say } = person;
  const words = end.words ?? end.code;
  if (end.beside) {
    const notice = person.alert().filter({ hasText: say(words) });
    await notice.filter({ hasText: triesLeft(say, end.left) }).first().waitFor({ timeout: 20_000 });
    await person.heading(say(end.beside)).waitFor();
  } else {
    await person.reached(end.title ?? words);
    await frame.getByText(say(end.advice ?? `${words}_advice`)).first().waitFor();
  }
  assert.equal(await frame.locator('html').getAttribute('lang'), language);
  const ways = frame.locator('.primary').filter({ visible: true });
  assert.equal(await ways.count(), 1, 'one way on');
  const label = (await ways.textContent()).trim();
  const wanted = end.way ? say(end.way) : door === 'frame' ? say('done') : say('return_to');
  if (wanted instanceof RegExp) assert.match(label, wanted);
  else assert.equal(label, wanted);
  if (end.quiet) return null;
  const code = (await frame.locator('.support bdi').textContent()).trim();
  assert.match(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  return code;
}

/** What the host's page heard of it: the failure once more, or for the first time, and nothing of a success. */
async function message({ heard }, end, code) {
  assert.deepEqual(await heard('success'), []);
  const errors = async () => (await heard('event')).filter(({ type }) => type === 'error').map(({ payload }) => payload);
  const failure = failureOf(end);
  if (!failure) {
    assert.deepEqual(await errors(), []);
    return;
  }
  const last = await until(async () => (await errors()).at(-1), 'the page hears of the failure');
  assert.deepEqual(last, { failure, support_code: code });
}

async function inFrame(on, end, language, options) {
  const there = await enter(on.browser, on.gesher, language, { door: 'frame', ...options });
  await end.reach(there);
  const code = await screen(there, end);
  await message(there, end, code);
  await said(there, end);
  if (end.onward) {
    await end.onward(there);
    assert.equal((await there.heard('exit')).length, 0);
  } else {
    // Whoever leaves needs to read nothing; any other end is told once the person has read it.
    assert.equal((await there.heard('exit')).length, end.leaves ? 1 : 0);
    await there.person.press(there.person.say('done'));
    assert.deepEqual(await there.told('exit'), { reason: end.exit, query: end.query ?? null });
  }
}

async function onPage(on, end, language, options) {
  const redirect_url = `${on.gesher.shop}/shop/return`;
  const there = await enter(on.browser, on.gesher, language, { parent_origin: undefined, redirect_url, state: 'order 7', ...options });
  await end.reach(there);
  await screen(there, end);
  await said(there, end);
  const links = there.page.getByRole('link', { name: there.person.say('return_to') });
  // Beside a form nothing has ended.
  assert.equal(await links.count(), end.beside ? 0 : 1);
  if (!end.beside) {
    const back = new URL(await links.getAttribute('href'));
    const status = end.code ?? end.exit;
    assert.deepEqual(Object.fromEntries(back.searchParams), { connection_id: there.connection.id, status, state: 'order 7' });
  }
  if (end.onward) {
    await end.onward(there);
  } else {
    const addresses = [];
    await there.page.route((url) => url.origin === on.gesher.shop && url.pathname === '/shop/return', (route) => {
      addresses.push(route.request().url());
      return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Home</title>' });
    });
    await links.click();
    await until(() => addresses.length, 'the person is with the host again');
  }
}

/** What the host's backend reads. */
async function said(there, end) {
  const found = await there.gesher.status(there.connection.id, end.status);
  const failure = failureOf(end);
  if (end.beside || !failure) assert.equal(found.failure ?? null, null);
  else assert.deepEqual(found.failure, failure);
  assert.deepEqual((await read(there)).status, end.status);
}

/** The tests. `on` is the stage. */
export function testEnds(on, ends, { door = 'frame', ...options } = {}) {
  const go = door === 'frame' ? inFrame : onPage;
  // Also where a test failed: each document that is left open holds a line to the server.
  afterEach(async () => {
    for (const page of on.browser.context.pages().slice(1)) await page.close();
  });
  for (const [name, end] of Object.entries(ends)) {
    for (const language of LANGUAGES) test(`${name}: ${language}`, () => go(on, end, language, options));
  }
}
