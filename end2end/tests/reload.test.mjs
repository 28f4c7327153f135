// A frame that is reloaded in mid-session shows where the session is, and never another screen first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { frameOf, openConnection } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { BANK, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();

/** Written down in each document from its beginning: what could be seen, and what moved. */
const observe = (page) =>
  page.addInitScript(() => {
    window.seen = [];
    window.moved = [];
    const look = () => {
      for (const element of document.querySelectorAll('h1, .resuming')) {
        if (element.checkVisibility({ visibilityProperty: true })) window.seen.push(element.textContent);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    new PerformanceObserver((list) => {
      for (const each of list.getEntries()) if (!each.hadRecentInput) window.moved.push(each.value);
    }).observe({ type: 'layout-shift', buffered: true });
  });

const reload = (frame) => frame.evaluate(() => { window.old = true; setTimeout(() => location.reload()); });

/** A frame at a bank's form. */
async function atForm(language) {
  const opened = await openConnection(on.browser, on.gesher, await on.gesher.connect({ language }), language);
  await opened.widget.choose();
  return opened;
}

const seen = async (frame) => [...new Set(await frame.evaluate(() => (window.old ? [] : window.seen ?? [])))];

for (const language of LANGUAGES) {
  test(`the right screen comes first, and nothing jumps: ${language}`, async () => {
    const at = await atForm(language);
    await observe(at.page);
    await reload(at.frame);
    await until(async () => (await seen(at.frame).catch(() => [])).some((text) => at.widget.say('form_title').test(text)), 'the form');
    const all = await seen(at.frame);
    assert.ok(!all.some((text) => at.widget.say('picker_title').test(text)), String(all));
    const moved = await at.frame.evaluate(() => window.moved.reduce((sum, each) => sum + each, 0));
    assert.ok(moved <= 0.02, String(moved));
    await at.page.close();
  });

  test(`a slow network: there are words for it after a moment: ${language}`, async () => {
    const at = await atForm(language);
    await observe(at.page);
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    await at.page.route(/\/w\/fn\/look/, (route) => held.then(() => route.continue()));
    await reload(at.frame);
    await at.frame.getByText(at.widget.say('one_moment')).first().waitFor();
    assert.deepEqual(await seen(at.frame), [at.widget.say('one_moment')]);
    release();
    await at.widget.reached('form_title');
    await until(async () => !(await at.frame.locator('.resuming').isVisible()), 'no words any more');
    await at.page.close();
  });
}

test('without WebAssembly the page shows itself at once', async () => {
  const at = await atForm('en');
  await at.page.addInitScript(() => { delete globalThis.WebAssembly; });
  await reload(at.frame);
  const plain = widget(await frameOf(at.page, on.gesher), 'en', { scripts: false });
  await plain.heading(plain.say('picker_title')).waitFor({ timeout: 3000 });
  // The first press goes on where the session is.
  await plain.search(BANK.en);
  await plain.reached('form_title');
  await at.page.close();
});

test('scripts that do not load leave nothing hidden', async () => {
  on.browser.expect(/ERR_FAILED/);
  const at = await atForm('en');
  await at.page.route(/\/assets\/widget\.[^/]*\.js/, (route) => route.abort());
  const cdp = await at.page.context().newCDPSession(at.page);
  await cdp.send('Network.clearBrowserCache');
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
  await reload(at.frame);
  const plain = widget(await frameOf(at.page, on.gesher), 'en', { scripts: false });
  await plain.heading(plain.say('picker_title')).waitFor({ timeout: 3000 });
  await at.page.close();
});

test('scripts that never come leave nothing hidden for long', async () => {
  const at = await atForm('en');
  await at.page.route(/\/w\/fn\/look/, () => {});
  await reload(at.frame);
  const heading = at.frame.getByRole('heading', { level: 1, name: at.widget.say('picker_title') });
  await until(() => at.frame.evaluate(() => !window.old && document.documentElement.classList.contains('kept')).catch(() => false), 'the frame knows that it was kept');
  await heading.waitFor({ timeout: 8000 });
  await at.page.unrouteAll({ behavior: 'ignoreErrors' });
  await at.page.close();
});

test('the first opening hides nothing', async () => {
  const page = await on.browser.newPage();
  await observe(page);
  await page.close();
  const opened = await openConnection(on.browser, on.gesher, await on.gesher.connect({ language: 'en' }), 'en');
  await opened.widget.reached('picker_title');
  assert.equal(await opened.frame.evaluate(() => document.documentElement.classList.contains('kept')), false);
  await opened.page.close();
});
