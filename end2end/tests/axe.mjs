// Every screen of ours as axe-core sees it, in both languages, by day and by night, narrow and wide: no violations. In Hebrew,
// what is written from left to right is read so. The bank's and the shop's own pages are theirs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { mixed } from '../lib/bidi.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { startGesher } from '../lib/gesher.mjs';
import { SCREENS } from '../lib/screens.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SCHEMES = ['light', 'dark'];
const WIDTHS = [320, 1280];
const THEIRS = /^(bank-|shop)/;
const wanted = process.env.AXE_SCREENS?.split(',');
const screens = Object.entries(SCREENS).filter(([name]) => !THEIRS.test(name) && (!wanted || wanted.includes(name)));

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The documents of this page that are ours; what the SDK says stands in the host's. */
const ours = ({ page, documents }) => documents?.() ?? page.frames().filter((frame) => new URL(frame.url()).hostname.startsWith('widget.'));

/** What axe finds wrong in a document. */
const violations = (frame) =>
  frame.evaluate(async (tags) => {
    // A document of ours is judged by itself, also where it stands in a host's frame.
    const { violations: found } = await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'], iframes: false });
    return found.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, html, failureSummary }) => `${id} (${help}): ${target.join(' ')}\n    ${html.slice(0, 200)}\n    ${failureSummary.split('\n').slice(1).join(' ')}`));
  }, TAGS);

/** The test, in a language. */
export function axeIn(language) {
  const on = {};
  before(async () => {
    on.gesher = await startGesher({ clock: true });
  });
  after(() => on.gesher?.stop());

  test(`axe-core finds nothing wrong: ${language}`, { timeout: 400_000 }, async (t) => {
    const browser = await openBrowser({ locale: language === 'he' ? 'he-IL' : 'en-US', reducedMotion: 'reduce' });
    t.after(() => browser.close());
    browser.expect(/./);
    let ltr = 0;
    for (const [name, go] of screens) {
      await t.test(name, async () => {
        const reached = await go(browser, on.gesher, language);
        const { page } = reached;
        const found = new Set();
        let looked = 0;
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 });
          for (const colorScheme of SCHEMES) {
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            // Colours fade from one scheme to the other, but for those who ask for no motion.
            await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
            for (const frame of ours(reached)) {
              // The driver's own evaluation stands above the page's policy; no element is added.
              if (!(await frame.evaluate(() => 'axe' in window))) await frame.evaluate(source);
              for (const each of await violations(frame)) found.add(`${width} ${colorScheme}: ${each}`);
              looked += 1;
              if (!reached.documents && language === 'he' && colorScheme === 'light') {
                const { wrong, runs } = await mixed(frame);
                ltr += runs;
                for (const each of wrong) found.add(`${width}: turned round: ${each}`);
              }
            }
          }
        }
        assert.ok(looked >= WIDTHS.length * SCHEMES.length, 'a document of ours was looked at');
        assert.deepEqual([...found], []);
      });
      await browser.context.unrouteAll({ behavior: 'ignoreErrors' });
      await browser.context.setOffline(false);
      for (const each of browser.context.pages().slice(1)) await each.close();
      await browser.context.clearCookies();
    }
    if (language === 'he' && !wanted) assert.ok(ltr > 200, `${ltr} runs of Latin letters and digits were looked at`);
  });
}
