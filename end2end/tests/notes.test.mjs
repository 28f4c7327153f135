// Whatever note comes up, on whatever screen: the way on stays in sight, and everything that takes a press can be pressed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCREENS } from '../lib/screens.mjs';
import { stage } from '../lib/stage.mjs';
import { words, LANGUAGES } from '../lib/words.mjs';

const on = stage();
const SIZES = [[360, 640], [320, 568], [360, 400], [320, 256]];
const NAMES = ['picker', 'form', 'form-problems', 'code', 'leaving', 'leaving-frame', 'at-bank', 'waiting', 'failed-locked'];

/** What cannot be pressed, or is covered, and what of the note cannot be read. */
const wrong = (scope) =>
  scope.evaluate(() => {
    const found = [];
    const say = (element) => element.outerHTML.slice(0, 90);
    const shown = (element) => element.checkVisibility({ visibilityProperty: true });
    const notes = document.querySelector('.trouble');
    const at = (element) => {
      element.scrollIntoView({ block: 'center' });
      const { left, top, width, height } = element.getBoundingClientRect();
      const point = [left + width / 2, top + height / 2];
      const hit = document.elementFromPoint(...point);
      return hit && element.contains(hit);
    };
    for (const button of document.querySelectorAll('button, a.primary, input:not([type=hidden])')) {
      if (shown(button) && !button.disabled && !at(button)) found.push(`cannot be pressed: ${say(button)}`);
    }
    if (!notes) return [...found, 'no note'];
    for (const line of notes.querySelectorAll('strong, p')) {
      if (shown(line) && !at(line)) found.push(`cannot be read: ${say(line)}`);
    }
    const actions = document.querySelector('.actions');
    if (actions && shown(actions)) {
      const below = actions.getBoundingClientRect();
      const above = document.querySelector('.notes').getBoundingClientRect();
      if (above.bottom > below.top + 1) found.push(`the note reaches ${above.bottom - below.top} into the actions`);
    }
    return found;
  });

for (const language of LANGUAGES) {
  const look = async ({ page, frame }, name) => {
    const all = [];
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      const scope = frame ?? page;
      await scope.waitForFunction((wide) => innerWidth === wide, width);
      for (const each of await wrong(scope)) all.push(`${name} ${width} by ${height}: ${each}`);
    }
    return all;
  };

  test(`without a connection: ${language}`, { timeout: 180_000 }, async () => {
    const all = [];
    for (const name of NAMES) {
      on.browser.expect(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load/);
      const there = await SCREENS[name](on.browser, on.gesher, language);
      await there.page.bringToFront();
      await on.browser.context.setOffline(true);
      const note = (there.frame ?? there.page).getByText(words(language)('offline'));
      const came = await note.waitFor().then(() => true, () => false);
      all.push(...came ? await look(there, name) : [`${name}: no note`]);
      await on.browser.context.setOffline(false);
      for (const each of on.browser.context.pages().slice(1)) await each.close();
      await on.browser.context.clearCookies();
    }
    assert.deepEqual(all, []);
  });

  test(`a window that was kept shut: ${language}`, async () => {
    on.browser.expect(/Blocked opening/);
    const there = await SCREENS['leaving-blocked'](on.browser, on.gesher, language);
    assert.deepEqual(await look(there, 'leaving-blocked'), []);
    await there.frame.getByRole('button', { name: words(language)('go_here') }).waitFor();
    await there.page.close();
  });
}
