// Only the widget's own frame is heard, and only in the promised shape and order.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openBrowser, until } from '../lib/browser.mjs';
import { calls, heard, openShop, openWidget, ready, say, settled, widgetFrame } from '../lib/sdk.mjs';
import { openSites } from '../lib/sites.mjs';

let browser, sites;
before(async () => { [browser, sites] = await Promise.all([openBrowser(), openSites()]); });
after(async () => { await browser?.close(); await sites?.close(); });
afterEach(() => browser.assertQuiet());

async function opened(options) {
  const page = await openShop(browser, sites);
  await openWidget(page, options);
  const frame = await widgetFrame(page);
  return { page, frame };
}

test('every message reaches onEvent unchanged; success and exit have their own callbacks', async () => {
  const { page, frame } = await opened();
  await ready(frame);
  const success = { public_token: 'public_a', connection_id: 'conn_a', institution_id: 'i', institution_name: 'Bank', state: null };
  await say(frame, 'success', success);
  await say(frame, 'success', success);
  await say(frame, 'a_later_kind', { some: ['thing'] });
  await say(frame, 'success', { ...success, public_token: 'public_b' });
  await say(frame, 'exit', { reason: 'completed' });
  await until(async () => (await calls(page)).some(([name]) => name === 'exit'), 'the exit');
  assert.deepEqual(await heard(page), ['ready', 'success', 'success', 'a_later_kind', 'success', 'exit']);
  const told = (await calls(page)).filter(([name]) => name === 'success');
  assert.deepEqual(told.map(([, payload]) => payload), [success, { ...success, public_token: 'public_b' }]);
  assert.deepEqual(told[0][2].payload, success);
  assert.equal(await page.locator('iframe').count(), 0, 'a modal goes when the widget is done');
  await page.close();
});

test('a success in the same breath as the exit is not lost', async () => {
  const { page, frame } = await opened();
  await frame.evaluate(() => {
    window.say('ready', { language: 'en' });
    window.say('success', { public_token: 'public_a', connection_id: 'conn_a' });
    window.say('exit', { reason: 'completed' });
    window.say('exit', { reason: 'completed' });
  });
  await until(async () => (await calls(page)).some(([name]) => name === 'exit'), 'the exit');
  assert.deepEqual((await calls(page)).map(([name]) => name), ['event', 'event', 'success', 'event', 'exit']);
  await page.close();
});

test('a page loaded anew in the frame counts from 1 again, and a repeated success is told once', async () => {
  const { page, frame } = await opened();
  await ready(frame);
  await say(frame, 'success', { public_token: 'public_a', connection_id: 'conn_a' });
  await frame.evaluate(() => { setTimeout(() => location.reload()); });
  await until(() => frame.evaluate(() => window.message && window.heard.length === 0 && window.fresh === undefined && (window.fresh = true)).catch(() => false), 'the reload');
  const again = await widgetFrame(page);
  await ready(again);
  await say(again, 'success', { public_token: 'public_a', connection_id: 'conn_a' });
  await settled(page, again);
  assert.deepEqual(await heard(page), ['ready', 'success', 'ready', 'success', 'step']);
  assert.equal((await calls(page)).filter(([name]) => name === 'success').length, 1);
  await page.close();
});

// Each makes a message that the widget's frame itself might send if it were broken or replaced.
const mutations = {
  'no ready first': { before: false, message: { type: 'step', seq: 1 } },
  'another source': { message: { source: 'gesher2' } },
  'another version': { message: { version: 2 } },
  'a version as text': { message: { version: '1' } },
  'another session': { message: { session: 'sess_other' } },
  'a replayed seq': { message: { seq: 1 } },
  'an earlier seq': { message: { seq: 0 } },
  'a negative seq': { message: { seq: -3 } },
  'a seq as text': { message: { seq: '7' } },
  'a fractional seq': { message: { seq: 2.5 } },
  'a seq beyond all numbers': { message: { seq: 1e300 } },
  'no type': { message: { type: '' } },
  'a type that is no text': { message: { type: ['success'] } },
  'no id': { message: { id: null } },
  'no time': { message: { ts: 5 } },
  'no payload': { message: { payload: null } },
  'a list as payload': { message: { payload: [] } },
  'a success without a token': { message: { type: 'success', payload: { connection_id: 'c' } } },
  'a success with an empty token': { message: { type: 'success', payload: { connection_id: 'c', public_token: '' } } },
  'a success whose token is a thing': { message: { type: 'success', payload: { connection_id: 'c', public_token: { toString: 'x' } } } },
  'an exit without a reason': { message: { type: 'exit', payload: {} } },
  'a resize to nowhere': { message: { type: 'resize', payload: { height: 'Infinity' } } },
  'a resize below nothing': { message: { type: 'resize', payload: { height: -5 } } },
};
test('the frame itself is not heard when a message is not what was promised', async () => {
  for (const [name, { before = true, message }] of Object.entries(mutations)) {
    const { page, frame } = await opened();
    if (before) await ready(frame);
    await frame.evaluate((over) => window.sayRaw({ ...window.message('step', { name: 'form' }), ...over }), message);
    for (const raw of [null, 'success', 7, [], [1], {}]) await frame.evaluate((data) => window.sayRaw(data), raw);
    if (!before) await say(frame, 'ready', {}, { seq: 1 });
    await say(frame, 'step', { name: 'marker' }, { seq: 1000 });
    await until(async () => (await heard(page)).includes('step'), `${name}: the marker`);
    assert.deepEqual(await calls(page).then((all) => all.map(([kind, value]) => `${kind} ${value.type}`)), ['event ready', 'event step'], name);
    await page.close();
  }
});

test('nothing that other windows send is accepted', async () => {
  for (const inline of [false, true]) {
    const { page, frame } = await opened({ inline });
    await ready(frame);
    await until(async () => (await heard(page)).length === 1, 'ready');

    // A hostile frame beside the widget's, a hostile window that the shop opened, and the shop itself.
    await page.evaluate((src) => {
      const evil = document.createElement('iframe');
      evil.src = src;
      document.getElementById('place').append(evil);
    }, `${sites.evil}/evil.html`);
    const popup = page.waitForEvent('popup');
    await page.evaluate((src) => { window.open(src); }, `${sites.evil}/evil.html`);
    const beside = await until(() => page.frames().find((each) => each.url().startsWith(sites.evil)), 'the hostile frame');
    await beside.waitForFunction(() => window.attack);
    const above = await popup;
    await above.waitForFunction(() => window.attack);

    const perfect = await frame.evaluate(() => window.message('success', { public_token: 'public_evil', connection_id: 'conn_evil' }, { seq: 2 }));
    const attacks = [
      perfect,
      { ...perfect, seq: 3 },
      { ...perfect, type: 'exit', payload: { reason: 'completed' } },
      { ...perfect, type: 'ready', seq: 1, id: 'fresh' },
      { ...perfect, origin: sites.widget },
      JSON.parse('{"source":"gesher","version":1,"__proto__":{"seq":9},"constructor":{"prototype":{"polluted":true}}}'),
    ];
    await beside.evaluate((messages) => { window.attack(messages); window.attackFrame(messages); }, attacks);
    await above.evaluate((messages) => window.attack(messages), attacks);
    await page.evaluate((messages) => messages.forEach((message) => postMessage(message, location.origin)), attacks);
    // The widget's origin in another window than the frame is not the widget either.
    const twin = page.waitForEvent('popup');
    await page.evaluate((src) => { window.open(src); }, `${sites.widget}/w/ct_twin`);
    const impostor = await twin;
    await impostor.waitForFunction(() => window.say);
    await impostor.evaluate(([messages, shop]) => messages.forEach((message) => opener.postMessage(message, shop)), [attacks, sites.shop]);

    await frame.evaluate(() => window.say('step', { name: 'marker' }, { seq: 1000 }));
    await until(async () => (await heard(page)).includes('step'), 'the marker');
    assert.deepEqual((await calls(page)).map(([kind, value]) => `${kind} ${value.type}`), ['event ready', 'event step']);
    assert.equal(await page.evaluate(() => ({}).polluted), undefined);
    assert.equal(await page.evaluate(() => window.handle.closed), false);
    await Promise.all([above.close(), impostor.close()]);
    await page.close();
  }
});

test('another origin in the very frame is neither heard nor spoken to', async () => {
  browser.expect(/postMessage|Framing|frame-src/);
  const { page, frame } = await opened();
  await ready(frame);
  await until(async () => (await heard(page)).length === 1, 'ready');
  await frame.evaluate((src) => { setTimeout(() => { location.href = src; }); }, `${sites.evil}/frame.html`);
  const evil = await until(() => page.frames().find((each) => each.url() === `${sites.evil}/frame.html`), 'the frame went astray');
  await evil.waitForFunction(() => window.heard);
  await say(evil, 'success', { public_token: 'public_evil', connection_id: 'conn_evil' }, { seq: 2 });
  await say(evil, 'exit', { reason: 'completed' }, { seq: 3 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(await heard(page), ['ready']);
  await page.evaluate(() => window.handle.close());
  assert.deepEqual(await evil.evaluate(() => window.heard), []);
  await until(async () => (await page.locator('iframe').count()) === 0, 'the frame is taken away all the same');
  assert.deepEqual((await calls(page)).filter(([kind]) => kind === 'exit').length, 1);
  await page.close();
});

test('inline: the frame fills the container and follows the content\'s height', async () => {
  const { page, frame } = await opened({ inline: true });
  await ready(frame);
  await say(frame, 'resize', { height: 412.2 });
  await until(async () => (await page.locator('#place iframe').boundingBox()).height === 413, 'the new height');
  const [outer, inner] = await Promise.all([page.locator('#place').boundingBox(), page.locator('iframe').boundingBox()]);
  assert.equal(inner.width, outer.width);
  assert.equal(await page.evaluate(() => document.documentElement.style.length), 0, 'the page scrolls on');
  await say(frame, 'exit', { reason: 'completed' });
  await until(async () => (await heard(page)).includes('exit'), 'the exit');
  assert.equal(await page.locator('iframe').count(), 1, 'the page takes it away when it wants to');
  await page.evaluate(() => { window.handle.close(); });
  assert.equal(await page.locator('iframe').count(), 0);
  assert.equal((await calls(page)).filter(([kind]) => kind === 'exit').length, 1);
  await page.close();
});
