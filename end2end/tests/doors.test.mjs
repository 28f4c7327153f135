// Who may come in, by which door, and what the others see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { request } from '../lib/http.mjs';
import { frameOf, openConnection, openHost } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';
import { LANGUAGES, words } from '../lib/words.mjs';

const on = stage();

const unknown = (token) => token.slice(0, -4) + (token.endsWith('0000') ? '1111' : '0000');
const IN_FRAME = { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' };
const heading = (page, language, key) => page.getByRole('heading', { level: 1, name: words(language)(key) });

test('an unknown token has its own screen at both doors, in the browser\'s language', async () => {
  const connection = await on.gesher.connect();
  const page = await on.browser.newPage();
  for (const address of [unknown(connection.hosted_url), `${on.gesher.url}/h/nothing`]) {
    on.browser.expect(/status of 404/);
    const answer = await page.goto(address);
    assert.equal(answer.status(), 404, address);
    await heading(page, 'en', 'unknown_title').waitFor();
    assert.equal(await page.locator('form').count(), 0);
  }
  await page.close();
  for (const [locale, language] of [['en-US', 'en'], ['he-IL', 'he'], ['fr', 'en']]) {
    for (const [address, headers] of [[unknown(connection.widget_url), IN_FRAME], [unknown(connection.hosted_url), {}]]) {
      const answer = await request(address, { headers: { ...headers, 'accept-language': locale } });
      assert.equal(answer.status, 404);
      assert.ok(answer.text.includes(words(language)('unknown_title')), `${locale} ${address}`);
      assert.match(answer.text, new RegExp(`lang="?${language}"?`));
    }
  }
});

test('an invitation whose session is over has its own screen', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const first = await on.browser.newPage();
  await first.goto(connection.hosted_url);
  await widget(first, 'en').reached('picker_title');
  await first.getByRole('button', { name: words('en')('close') }).click();
  await heading(first, 'en', 'cancelled_title').waitFor();
  await first.context().clearCookies();
  const second = await on.browser.newPage();
  await second.goto(connection.hosted_url);
  await heading(second, 'en', 'cancelled_title').waitFor();
  assert.equal(await second.getByRole('button').count(), 0);
  await Promise.all([first.close(), second.close()]);
});

test('widget_url as a document and hosted_url in a frame explain, without a form', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const page = await on.browser.newPage();
  on.browser.expect(/status of 403/);
  await page.goto(connection.widget_url);
  await heading(page, 'en', 'frame_alone_title').waitFor();
  assert.equal(await page.locator('form').count(), 0);
  await page.close();

  const framed = await request(connection.hosted_url, { headers: IN_FRAME });
  assert.match(framed.text, new RegExp(words('en')('page_framed_title')));
  assert.doesNotMatch(framed.text, /<form/);
  assert.match(framed.headers['content-security-policy'], /frame-ancestors 'none'/);
});

test('opening the pages changes nothing and sets no cookie', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const before_ = await on.gesher.api('GET', `/connections/${connection.id}`);
  for (const [address, headers] of [[connection.widget_url, IN_FRAME], [connection.hosted_url, {}], [connection.widget_url, IN_FRAME]]) {
    const answer = await request(address, { headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.match(answer.text, /<form/);
  }
  assert.deepEqual((await on.gesher.api('GET', `/connections/${connection.id}`)).body, before_.body);
});

test('every answer of the public listener carries the closed headers', async () => {
  const connection = await on.gesher.connect();
  const addresses = [
    [connection.widget_url, IN_FRAME, on.gesher.shop], [connection.widget_url, { ...IN_FRAME, 'sec-fetch-dest': 'document' }], [connection.hosted_url], [`${on.gesher.url}/gesher.js`],
    [`${on.gesher.url}/nothing-here`], [unknown(connection.hosted_url)], [`${on.gesher.url}/v1/connections/${connection.id}`],
    [`${on.gesher.url}/v1/nothing`], [`${on.gesher.url}/v1/openapi.json`],
  ];
  for (const [address, headers, ancestor] of addresses) {
    const answer = await request(address, { headers });
    const policy = answer.headers['content-security-policy'] ?? '';
    assert.ok(policy.includes(`frame-ancestors ${ancestor ?? "'none'"}`), `${address}: ${policy}`);
    assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', address);
    assert.equal(answer.headers['referrer-policy'], 'no-referrer', address);
    if (!address.endsWith('.js') && !address.endsWith('openapi.json')) assert.match(answer.headers['cache-control'] ?? '', /no-store/, address);
  }
});

test('a reload of the frame keeps the session, and nothing in the frame sets a cookie', async () => {
  const { page, frame, widget: person, types, heard } = await openConnection(on.browser, on.gesher, await on.gesher.connect({ language: 'en' }), 'en');
  await person.choose();
  await frame.evaluate(() => { window.old = true; setTimeout(() => location.reload()); });
  await until(() => frame.evaluate(() => window.old === undefined && document.readyState === 'complete').catch(() => false), 'the reload');
  await person.reached('form_title');
  await person.logIn({ password: 'wrong' });
  await person.alert().filter({ hasText: person.say('wrong_credentials') }).waitFor();
  await until(async () => (await types()).filter((type) => type === 'ready').length === 2, 'the page hears the frame after its reload');
  const [{ session }] = await heard('event');
  assert.deepEqual((await page.context().cookies()).filter(({ name }) => name.includes(session)), []);
  await page.close();
});

test('a second window takes the session over, and the first says so', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const first = await openConnection(on.browser, on.gesher, connection, 'en');
  await first.widget.choose();
  const second = await openConnection(on.browser, on.gesher, connection, 'en');
  await second.widget.reached('form_title');
  await first.widget.reached('taken_title');
  await second.widget.logIn();
  await second.widget.confirm();
  await second.told('success');
  assert.deepEqual(await first.heard('success'), []);
  await Promise.all([first.page.close(), second.page.close()]);
});

test('the language can be switched unless the session fixed it', async () => {
  const free = await openConnection(on.browser, on.gesher, await on.gesher.connect(), 'en');
  await free.widget.reached('picker_title');
  await free.frame.getByRole('button', { name: 'עברית' }).click();
  const hebrew = widget(free.frame, 'he');
  await hebrew.reached('picker_title');
  assert.deepEqual(await free.frame.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ['he', 'rtl']);
  await hebrew.choose();
  await free.frame.getByRole('button', { name: 'English' }).click();
  await free.widget.reached('form_title');
  await free.page.close();

  for (const language of LANGUAGES) {
    const fixed = await openConnection(on.browser, on.gesher, await on.gesher.connect({ language }), language);
    await fixed.widget.reached('picker_title');
    assert.equal(await fixed.frame.getByRole('button', { name: /עברית|English/ }).count(), 0);
    await fixed.page.close();
  }
});

test('closing in the frame ends the session; the page hears it and has its focus back', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const opened = await openConnection(on.browser, on.gesher, connection, 'en');
  await opened.widget.reached('picker_title');
  await opened.widget.press(opened.widget.say('close'));
  assert.deepEqual(await opened.told('exit'), { reason: 'cancelled', query: null });
  await until(async () => (await opened.page.locator('iframe').count()) === 0, 'the frame is gone');
  assert.deepEqual(await opened.heard('success'), []);
  assert.equal((await on.gesher.api('GET', `/connections/${connection.id}`)).body.status, 'pending');
  await opened.page.close();
});

test('handle.close() ends the session', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const opened = await openConnection(on.browser, on.gesher, connection, 'en');
  await opened.widget.reached('picker_title');
  await until(async () => (await opened.types()).includes('ready'), 'ready');
  await opened.page.evaluate(() => window.handle.close());
  assert.deepEqual(await opened.told('exit'), { reason: 'cancelled', query: null });
  const [exit] = (await opened.heard('event')).filter((message) => message.type === 'exit');
  assert.ok(exit.seq > 0, 'the frame itself said it');
  await opened.page.close();
});

test('inline, the frame is as high as its content', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const page = await openHost(on.browser, on.gesher);
  await page.evaluate((token) => {
    window.heard = [];
    Gesher.open({ token, mode: 'inline', container: document.querySelector('main'), onEvent: (message) => window.heard.push(message) });
  }, connection.connect_token);
  const frame = await frameOf(page, on.gesher);
  await widget(frame, 'en').reached('picker_title');
  await until(() => page.evaluate(() => window.heard.some((message) => message.type === 'resize')), 'a height');
  await until(() => frame.evaluate(() => document.documentElement.scrollHeight <= innerHeight), 'nothing is cut off');
  await page.close();
});
