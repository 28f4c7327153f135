// What a machine can see of how the widget looks and feels, on each kind of screen: focus, targets, magnification, colours that
// a person forces, motion, and that nothing moves without a reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { SCREENS } from '../lib/screens.mjs';
import { stage } from '../lib/stage.mjs';
import { BANK, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage({ gesher: { clock: true } });
const NAMES = ['picker', 'form', 'form-problems', 'form-locked', 'code', 'success', 'failed', 'cancelled', 'leaving', 'waiting'];

/** Runs on each screen, in a language; collects what is wrong, and says it at the end. */
const onEach = (what, look, { size = { width: 360, height: 640 }, media = {} } = {}) => {
  for (const language of LANGUAGES) {
    test(`${what}: ${language}`, { timeout: 120_000 }, async () => {
      const wrong = [];
      for (const name of NAMES) {
        const { page } = await SCREENS[name](on.browser, on.gesher, language);
        await page.setViewportSize(size);
        await page.emulateMedia({ reducedMotion: 'reduce', ...media });
        for (const each of await look(page, name, language)) wrong.push(`${name}: ${each}`);
        for (const each of on.browser.context.pages().slice(1)) await each.close();
        await on.browser.context.clearCookies();
      }
      assert.deepEqual(wrong, []);
    });
  }
};

onEach('everything that takes a press is 44 pixels high and wide, and there is one primary action', (page) =>
  page.evaluate(() => {
    const found = [];
    const shown = (element) => element.checkVisibility({ visibilityProperty: true });
    for (const element of document.querySelectorAll('button, a[href], select, input:not([type=hidden], [type=radio], [type=checkbox]), label.option')) {
      // A link in a line of text is as high as its line.
      if (!shown(element) || (element.matches('a') && !element.matches('.primary, .alert a'))) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width < 43.9 || height < 43.9) found.push(`${element.outerHTML.slice(0, 80)} is ${width} by ${height}`);
    }
    const primary = [...document.querySelectorAll('.primary')].filter(shown).length;
    return primary > 1 ? [...found, `${primary} primary actions`] : found;
  }));

onEach('at 400 percent nothing has to be scrolled sideways, and the heading can be read', (page) =>
  page.evaluate(() => {
    const found = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`${scrollWidth} wide in ${clientWidth}`);
    for (const element of document.querySelectorAll('.wizard *')) {
      if (element.closest('.heard, svg') || !element.checkVisibility()) continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (width && (left < -1 || right > clientWidth + 1)) found.push(`${element.outerHTML.slice(0, 80)} reaches from ${left} to ${right}`);
    }
    if (!document.querySelector('h1').checkVisibility()) found.push('no heading');
    return found;
  }), { size: { width: 320, height: 256 } });

onEach('the focus can be seen on everything that takes it', async (page) => {
  const found = [];
  const looks = () =>
    page.evaluate(() => {
      const at = document.activeElement;
      // A choice shows it on its whole line.
      const box = at.closest('.option') ?? at;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(box);
      return { at: at === document.body ? '' : at.outerHTML.slice(0, 90), ring: (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none' };
    });
  const seen = new Set();
  for (let press = 0; press < 40; press += 1) {
    await page.keyboard.press('Tab');
    const { at, ring } = await looks();
    if (seen.has(at)) break;
    seen.add(at);
    if (at && !ring) found.push(`no ring on ${at}`);
  }
  return seen.size > 1 ? found : [...found, 'nothing takes the focus'];
});

onEach('with colours that a person forces, controls keep an edge', (page) =>
  page.evaluate(() => {
    const found = [];
    for (const element of document.querySelectorAll('.primary, .tile, .option, .box > :is(input, select)')) {
      if (!element.checkVisibility()) continue;
      const { borderTopWidth, borderTopStyle } = getComputedStyle(element);
      if (!parseFloat(borderTopWidth) || borderTopStyle === 'none') found.push(`no edge: ${element.outerHTML.slice(0, 80)}`);
    }
    return found;
  }), { media: { forcedColors: 'active' } });

onEach('who asks for less motion gets none', async (page) => {
  // What began before the wish was known may end.
  await page.waitForTimeout(300);
  return page.evaluate(() => document.getAnimations().filter((each) => each.playState === 'running' && each.effect.getComputedTiming().endTime > 20).map((each) => each.animationName ?? each.transitionProperty));
});

for (const language of LANGUAGES) {
  test(`from the picker to success nothing jumps, the frame around stays where it is, and each step's heading has the focus: ${language}`, async () => {
    const connection = await on.gesher.connect({ language });
    const page = await on.browser.newPage();
    await page.setViewportSize({ width: 360, height: 640 });
    await page.addInitScript(() => {
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const each of list.getEntries()) window.shifts.push([each.value, each.hadRecentInput, ...each.sources.map(({ node }) => node?.className ?? node?.nodeName)]);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(connection.hosted_url);
    const person = widget(page, language);
    const frames = [];
    const step = async (name) => {
      frames.push([name, ...(await page.evaluate(() => ['.bar', '.actions'].map((selector) => {
        const box = document.querySelector(selector)?.getBoundingClientRect();
        return box && (selector === '.bar' ? box.top : Math.round(innerHeight - box.bottom));
      })))]);
    };
    const heading = () => until(() => page.evaluate(() => document.activeElement?.tagName === 'H1'), 'the heading has the focus');
    await person.reached('picker_title');
    await step('picker');
    await person.choose(BANK);
    await heading();
    await step('form');
    await person.logIn();
    await person.reached('challenge_title');
    await heading();
    await step('code');
    await person.confirm();
    await person.reached('success_title');
    await heading();
    await step('success');
    const shifts = await page.evaluate(() => window.shifts);
    const unasked = shifts.filter(([, asked]) => !asked);
    const sum = unasked.reduce((total, [value]) => total + value, 0);
    assert.ok(sum <= 0.02, `${sum}: ${JSON.stringify(unasked)}`);
    for (const [name, top, bottom] of frames) {
      assert.equal(top, frames[0][1], `the header on ${name}`);
      if (bottom !== undefined && bottom !== null) assert.equal(bottom, 0, `the footer on ${name}`);
    }
    await page.close();
  });

  test(`no name is cut in a tile: ${language}`, async () => {
    const { page } = await SCREENS.picker(on.browser, on.gesher, language);
    for (const width of [320, 420, 1280]) {
      await page.setViewportSize({ width, height: 640 });
      const cut = await page.locator('.tile .name').evaluateAll((names) =>
        names.filter((name) => name.scrollHeight > name.clientHeight + 1 || name.scrollWidth > name.clientWidth + 1).map((name) => name.textContent));
      assert.deepEqual(cut, [], `${width} wide`);
    }
    await page.close();
  });
}
