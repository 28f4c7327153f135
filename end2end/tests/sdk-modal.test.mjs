// The modal takes the page's focus and scrolling, and always gives both back.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openBrowser, until } from '../lib/browser.mjs';
import { calls, heard, openShop, openWidget, ready, say, settled, surroundings, widgetFrame } from '../lib/sdk.mjs';
import { openSites } from '../lib/sites.mjs';

let browser, sites;
before(async () => { [browser, sites] = await Promise.all([openBrowser(), openSites()]); });
after(async () => { await browser?.close(); await sites?.close(); });
afterEach(() => browser.assertQuiet());

async function opened(options) {
  const page = await openShop(browser, sites);
  await page.locator('#connect').focus();
  await page.evaluate(() => { scrollTo(0, 0); document.documentElement.style.setProperty('overflow-y', 'scroll'); });
  const untouched = await surroundings(page);
  await openWidget(page, options);
  const frame = await widgetFrame(page);
  return { page, frame, untouched };
}

test('it is a labelled dialog that holds the focus, locks the scrolling and speaks the page\'s language', async () => {
  const { page, frame } = await opened();
  const dialog = page.getByRole('dialog', { name: 'Connect your bank account' });
  assert.equal(await dialog.getAttribute('aria-modal'), 'true');
  const element = page.locator('iframe');
  assert.equal(await element.getAttribute('title'), 'Connect your bank account');
  assert.equal(await element.getAttribute('sandbox'), 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation');
  assert.deepEqual(await element.boundingBox().then(({ width, height }) => [width, height]), [360, 640]);
  await page.mouse.wheel(0, 900);
  await page.keyboard.press('Tab');
  assert.equal(await frame.evaluate(() => document.hasFocus() && document.activeElement.id), 'first');
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Tab');
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'connect');
  }
  assert.equal(await page.evaluate(() => scrollY), 0);
  await page.close();

  const hebrew = await openShop(browser, sites, { lang: 'he-IL' });
  await openWidget(hebrew);
  assert.equal(await hebrew.getByRole('dialog').getAttribute('dir'), 'rtl');
  assert.match(await hebrew.locator('iframe').getAttribute('title'), /חשבון הבנק/);
  await hebrew.close();
});

test('on a phone it fills the screen', async () => {
  const page = await openShop(browser, sites, { viewport: { width: 360, height: 640 } });
  await openWidget(page);
  assert.deepEqual(await page.locator('iframe').boundingBox(), { x: 0, y: 0, width: 360, height: 640 });
  await page.close();
});

const endings = {
  'destroy()': (page) => page.evaluate(() => window.handle.destroy()),
  'close() before the frame is ready': (page) => page.evaluate(() => window.handle.close()),
  'the frame\'s exit': async (page, frame) => { await ready(frame); await say(frame, 'exit', { reason: 'cancelled', query: null }); },
  'the page throwing its content away': (page) => page.evaluate(() => {
    const [button, ...rest] = document.body.children;
    document.body.replaceChildren(button, ...rest.filter((each) => !each.shadowRoot));
  }),
  'the page\'s own mistakes in callbacks': async (page, frame) => { await ready(frame); await say(frame, 'exit', { reason: 'failed' }); },
};
for (const [name, end] of Object.entries(endings)) {
  test(`focus and scrolling come back after ${name}`, async () => {
    const throwing = name.includes('mistakes');
    if (throwing) browser.expect(/the page's own mistake/);
    const { page, frame, untouched } = await opened({ throwing });
    assert.notDeepEqual(await surroundings(page), untouched);
    await end(page, frame);
    await until(() => page.evaluate(() => window.handle.closed), 'the handle is closed');
    await until(async () => (await page.locator('iframe').count()) === 0, 'the frame is gone');
    assert.deepEqual(await surroundings(page), untouched);
    if (throwing) assert.match((await page.evaluate(() => window.mistakes)).join(), /own mistake in event.*own mistake in exit/);
    await page.mouse.wheel(0, 500);
    await until(() => page.evaluate(() => scrollY > 0), 'the page scrolls');
    await page.close();
  });
}

test('a button that the page disabled while it was busy gets the focus back', async () => {
  for (const enabled of ['after open', 'in onExit']) {
    const page = await openShop(browser, sites);
    await page.locator('#connect').focus();
    await page.evaluate(async (when) => {
      const button = document.getElementById('connect');
      button.disabled = true;
      await new Promise((later) => setTimeout(later, 50));
      window.openWidget({ onExit: () => { button.disabled = false; } });
      if (when === 'after open') button.disabled = false;
    }, enabled);
    const frame = await widgetFrame(page);
    await ready(frame);
    await say(frame, 'exit', { reason: 'cancelled', query: null });
    await until(async () => (await surroundings(page)).focus === 'connect', `the focus is back, ${enabled}`);
    await page.close();
  }
});

test('after destroy() in the middle of a callback nothing is called any more', async () => {
  const page = await openShop(browser, sites);
  await page.evaluate(() => {
    window.openWidget({ onEvent: (message) => { window.calls.push(['event', message]); if (message.type === 'success') window.handle.destroy(); } });
  });
  const frame = await widgetFrame(page);
  await ready(frame);
  await say(frame, 'success', { public_token: 'public_a', connection_id: 'conn_a' });
  await until(async () => (await page.locator('iframe').count()) === 0, 'the frame is gone');
  assert.deepEqual((await calls(page)).map(([kind, message]) => `${kind} ${message.type}`), ['event ready', 'event success']);
  await page.close();
});

test('two modals: whichever goes first, the page is whole when both are gone', async () => {
  for (const order of [['ct_one', 'ct_two'], ['ct_two', 'ct_one']]) {
    const { page, untouched } = await opened();
    await page.evaluate(() => { window.handles = { ct_one: window.handle, ct_two: window.openWidget({ token: 'ct_two' }) }; });
    assert.equal(await page.locator('iframe').count(), 2);
    await page.evaluate((token) => window.handles[token].destroy(), order[0]);
    assert.match((await surroundings(page)).style, /overflow: hidden !important/);
    assert.equal((await surroundings(page)).focus, 'DIV');
    await page.evaluate((token) => window.handles[token].destroy(), order[1]);
    assert.deepEqual(await surroundings(page), untouched);
    await page.close();
  }
});

test('Escape asks a ready frame, and closes one that is not', async () => {
  const { page, frame } = await opened();
  const escape = () => page.locator('dialog').dispatchEvent('keydown', { key: 'Escape' });
  await ready(frame);
  await until(async () => (await calls(page)).length === 1, 'ready is heard');
  await escape();
  const asked = await until(() => frame.evaluate(() => window.heard[0]), 'the frame is asked');
  assert.deepEqual(asked, { origin: sites.shop, data: { source: 'gesher-host', version: 1, type: 'close' }, fromParent: true });
  assert.equal(await page.evaluate(() => window.handle.closed), false);
  await page.evaluate(() => window.handle.destroy());

  await openWidget(page, { token: 'ct_two' });
  await widgetFrame(page, 'ct_two');
  await escape();
  assert.equal(await page.evaluate(() => window.handle.closed), true);
  assert.deepEqual((await calls(page)).at(-1).slice(0, 2), ['exit', { reason: 'cancelled', query: null }]);
  await page.close();
});

test('close() gives the page back at once, asks the frame, and hears its exit', async () => {
  const { page, frame, untouched } = await opened();
  await ready(frame);
  await until(async () => (await calls(page)).length === 1, 'ready is heard');
  await page.evaluate(() => window.handle.close());
  assert.deepEqual({ ...(await surroundings(page)), children: 0 }, { ...untouched, children: 0 });
  await until(() => frame.evaluate(() => window.heard.length === 1), 'the frame is asked');
  await say(frame, 'exit', { reason: 'cancelled', query: null });
  await until(async () => (await page.locator('iframe').count()) === 0, 'the frame is gone');
  const exits = (await calls(page)).filter(([kind]) => kind === 'exit');
  assert.equal(exits.length, 1);
  assert.equal(exits[0][2].seq, 2);
  await page.close();
});

test('a frame that does not answer close() is taken away, and the page hears one exit', async () => {
  const { page, frame } = await opened();
  await ready(frame);
  await until(async () => (await calls(page)).length === 1, 'ready is heard');
  await page.evaluate(() => window.handle.close());
  await until(async () => (await page.locator('iframe').count()) === 0, 'the frame is gone');
  const exits = (await calls(page)).filter(([kind]) => kind === 'exit');
  assert.deepEqual(exits.map(([, payload, message]) => [payload.reason, message.seq]), [['cancelled', 0]]);
  await page.close();
});

test('nobody is trapped before a frame that stays silent, and the page hears why', async () => {
  for (const [inline, token, code, retryable, words] of [
    [false, 'ct_silent', 'load_failed', true, 'try again'],
    [false, 'ct_silent_refused', 'frame_refused', false, 'only the site’s owner'],
    [true, 'ct_silent', 'load_failed', true],
  ]) {
    const page = await openShop(browser, sites);
    await page.locator('#connect').focus();
    await openWidget(page, { token, inline });
    const event = await until(async () => (await calls(page))[0], 'the silence is reported', 12_000);
    assert.equal(event[0], 'event');
    assert.equal(event[1].type, 'error');
    const { failure } = event[1].payload;
    assert.deepEqual([failure.code, failure.retryable], [code, retryable]);
    if (!inline) {
      await page.getByRole('alert').filter({ hasText: words }).getByRole('button', { name: 'Close' }).click();
      assert.equal(await page.locator('iframe').count(), 0);
      assert.equal((await surroundings(page)).focus, 'connect');
    }
    assert.equal((await calls(page)).filter(([, message]) => message.type === 'error').length, 1);
    await page.close();
  }
});

test('a frame that opens while it is being looked into is no error', async () => {
  const page = await openShop(browser, sites);
  await page.route('**/embed-check', async (route) => {
    const frame = await widgetFrame(page);
    await ready(frame);
    await route.fulfill({ json: { allowed: false }, headers: { 'access-control-allow-origin': sites.shop } });
  });
  await openWidget(page);
  const frame = await widgetFrame(page);
  const answer = page.waitForResponse('**/embed-check', { timeout: 12_000 });
  assert.equal((await answer).status(), 200);
  await settled(page, frame);
  assert.deepEqual(await heard(page), ['ready', 'step']);
  assert.equal(await page.getByRole('alert').count(), 0);
  await page.close();
});
