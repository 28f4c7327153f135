// Every screen of ours as axe-core sees it, in both languages, by day and by night, narrow and wide: no violations. The bank's
// and the shop's own pages are theirs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { openBrowser } from '../lib/browser.mjs';
import { startGesher } from '../lib/gesher.mjs';
import { SCREENS } from '../lib/screens.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SCHEMES = ['light', 'dark'];
const WIDTHS = [320, 1280];
const THEIRS = /^(bank-|shop)/;
const wanted = process.env.AXE_SCREENS?.split(',');
const screens = Object.entries(SCREENS).filter(([name]) => !THEIRS.test(name) && (!wanted || wanted.includes(name)));

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const on = {};
before(async () => {
  on.gesher = await startGesher();
});
after(() => on.gesher?.stop());

/** The documents of this page that are ours. */
const ours = (page) => page.frames().filter((frame) => new URL(frame.url()).hostname.startsWith('widget.'));

/** What axe finds wrong in a document. */
const violations = (frame) =>
  frame.evaluate(async (tags) => {
    // A document of ours is judged by itself, also where it stands in a host's frame.
    const { violations: found } = await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'], iframes: false });
    return found.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, html, failureSummary }) => `${id} (${help}): ${target.join(' ')}\n    ${html.slice(0, 200)}\n    ${failureSummary.split('\n').slice(1).join(' ')}`));
  }, TAGS);

for (const language of LANGUAGES) {
  test(`axe-core finds nothing wrong: ${language}`, { timeout: 400_000 }, async (t) => {
    const browser = await openBrowser({ locale: language === 'he' ? 'he-IL' : 'en-US', reducedMotion: 'reduce' });
    t.after(() => browser.close());
    browser.expect(/./);
    for (const [name, go] of screens) {
      await t.test(name, async () => {
        const { page } = await go(browser, on.gesher, language);
        const found = new Set();
        let looked = 0;
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 });
          for (const colorScheme of SCHEMES) {
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            // Colours fade from one scheme to the other, but for those who ask for no motion.
            await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
            for (const frame of ours(page)) {
              // The driver's own evaluation stands above the page's policy; no element is added.
              if (!(await frame.evaluate(() => 'axe' in window))) await frame.evaluate(source);
              for (const each of await violations(frame)) found.add(`${width} ${colorScheme}: ${each}`);
              looked += 1;
            }
          }
        }
        assert.ok(looked >= WIDTHS.length * SCHEMES.length, 'a document of ours was looked at');
        assert.deepEqual([...found], []);
      });
      await browser.context.unrouteAll({ behavior: 'ignoreErrors' });
      for (const each of browser.context.pages().slice(1)) await each.close();
      await browser.context.clearCookies();
    }
  });
}
