// A tenant's branding, set by the operator's command while the server runs: the widget looks like it, and no branding hides
// who asks, which bank it is, or where typed data goes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { BANKS } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { toLeaving } from '../lib/leg.mjs';
import { ROOT } from '../lib/sites.mjs';
import { openConnection } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { BANK, institution, widget } from '../lib/widget.mjs';

const on = stage();
const svg = (inside) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" ${inside}</svg>`;
const tag = () => on.gesher.GESHER_API_KEY.slice('gk_test_'.length).slice(0, 6);

/** `gesher tenant branding …` beside the running server; gives what it says. */
async function brand(...options) {
  const env = { PATH: process.env.PATH, GESHER_DEMO: '1', GESHER_DATA_DIR: on.gesher.data };
  const binary = process.env.GESHER_BIN ?? join(ROOT, 'target/debug/gesher');
  const { stdout } = await promisify(execFile)(binary, ['tenant', 'branding', tag(), ...options], { env });
  return stdout;
}

async function file(name, text) {
  const path = join(on.gesher.data, name);
  await writeFile(path, text);
  return path;
}

const accentOf = (scope) => scope.evaluate(() => getComputedStyle(document.querySelector('.primary')).backgroundColor);

/** What a person sees of these elements: their words, whether something lies over them, and how well they can be read. */
const seen = (scope, selectors) =>
  scope.evaluate((wanted) => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const parts = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([red, green, blue]) => {
      const [r, g, b] = [red, green, blue].map((part) => (part <= 10.31 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = parts(getComputedStyle(at).backgroundColor);
        if (colour[3] === 255) return colour;
      }
      return [255, 255, 255];
    };
    return wanted.map((selector) => {
      const element = document.querySelector(selector);
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const [one, two] = [luminance(parts(style.color)), luminance(ground(element))];
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      let opacity = 1;
      for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
      return {
        selector,
        words: element.textContent,
        contrast: (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05),
        whole: box.width > 8 && box.height >= 14 && box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight,
        plain: opacity === 1 && style.visibility === 'visible' && parseFloat(style.fontSize) >= 14 && (element.contains(top) || top?.contains(element)),
      };
    });
  }, selectors);

test('the demo shop\'s widget looks like the shop', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const { page, frame, widget: person } = await openConnection(on.browser, on.gesher, connection, 'en');
  await person.choose();
  assert.equal(await accentOf(frame), 'rgb(34, 54, 127)');
  const mark = frame.locator('.top .mark.tenant img');
  await until(() => mark.evaluate((image) => image.complete && image.naturalWidth > 0), 'the mark');
  assert.equal(await mark.getAttribute('alt'), '');
  await page.close();
});

test('a change is shown by a running server within seconds, and its own colours are kept where they can be read', async () => {
  const said = await brand('--reset', '--name', 'Pinkas', '--accent', '#0a7a4b', '--radius', '20', '--mark', await file('mark.svg', svg('fill="#0a7a4b"><circle r="9" cx="16" cy="16"/>')));
  assert.match(said, /name: Pinkas\naccent by day: #0a7a4b\n/);
  await until(async () => {
    const connection = await on.gesher.connect({ language: 'en' });
    const page = await on.browser.newPage();
    await page.goto(connection.hosted_url);
    await widget(page, 'en').choose();
    const colour = await accentOf(page);
    const radius = await page.locator('.primary').evaluate((element) => getComputedStyle(element).borderRadius);
    await page.close();
    return colour === 'rgb(10, 122, 75)' && radius === '20px';
  }, 'the new colour');
});

test('values that are no colours, corners, names or marks are refused', async () => {
  const before = await brand();
  for (const options of [
    ['--accent', 'transparent'], ['--accent', '#fff'], ['--accent', '#ffffff00'], ['--accent', '#ffffff;}*{display:none'],
    ['--accent', 'url(https://evil.example/)'], ['--accent-dark', 'var(--ground)'], ['--radius', '25'], ['--radius', '-4'],
    ['--name', '\u200b\u202e'], ['--mark', await file('page.html', '<html><script>1</script></html>')],
    ['--mark', await file('long.svg', svg(`>${' '.repeat(40_000)}`))], ['--mark', join(on.gesher.data, 'missing.svg')],
  ]) {
    await assert.rejects(brand(...options), (error) => error.code !== 0 && !error.stdout, options.join(' '));
  }
  assert.equal(await brand(), before, 'nothing of them was kept');
});

const HOSTILE = {
  'white on white': ['--accent', '#ffffff', '--accent-dark', '#ffffff'],
  'black on black': ['--accent', '#000000', '--accent-dark', '#000000'],
  'the colours of the grounds': ['--accent', '#f5f7f9', '--accent-dark', '#14171d'],
  yellow: ['--accent', '#ffff00', '--accent-dark', '#3b3b00', '--radius', '24'],
  'a name as long as one may be': ['--name', 'Pinkas '.repeat(6).slice(0, 40)],
  'a name without a space': ['--name', 'P'.repeat(40)],
  'a name turned over': ['--name', '\u202esaknip\u202c \u2066bank\u200b\u200f', '--accent', '#00ffff'],
  'a name as markup': ['--name', '</bdi><style>*{display:none}</style>'],
};
for (const [what, options] of Object.entries(HOSTILE)) {
  test(`no branding hides who asks, which bank, and where data goes: ${what}`, async () => {
    const mark = await file('hostile.svg', svg('width="9000" height="9000" fill="#fff"><rect width="9000" height="9000"/><text y="20">Not a bank</text>'));
    const said = await brand('--reset', '--mark', mark, ...options);
    const name = said.match(/^name: (.*)$/m)[1];
    assert.doesNotMatch(name, /[\u200b-\u200f\u202a-\u202e\u2060-\u206f]/);
    const fresh = Date.now() + 1_100;
    await until(() => Date.now() > fresh, 'what the server remembers is old');
    for (const [colorScheme, language, bank] of [['light', 'en', institution('il-leumi')], ['dark', 'he', institution('il-leumi')], ['light', 'he', BANK]]) {
      const connection = await on.gesher.connect({ language });
      const page = await on.browser.newPage();
      await page.setViewportSize({ width: 360, height: 740 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto(connection.hosted_url);
      const person = widget(page, language);
      await person.reached('picker_title');
      const [who, ...first] = await seen(page, ['.who .name', 'h1', '.facts li']);
      await person.choose(bank);
      const form = await seen(page, ['.who .name', 'h1', '.promise', '.primary']);
      await person.press(person.say('back'));
      await person.reached('picker_title');
      await toLeaving(person, BANKS.redirect, language);
      const leaving = await seen(page, ['.who .name', 'h1', '.facts li', '.primary']);
      const there = `${what}, ${colorScheme}, ${language}`;
      for (const each of [who, ...first, ...form, ...leaving]) {
        assert.ok(each.contrast >= 4.5, `${there}: ${each.selector} has a contrast of ${each.contrast.toFixed(2)}`);
        assert.ok(each.whole && each.plain, `${there}: ${JSON.stringify(each)}`);
      }
      assert.equal(who.words, name, there);
      const [, title, promise] = form;
      assert.ok(title.words.includes(bank[language]), `${there}: ${title.words}`);
      assert.ok(promise.words.includes(bank[language]) && promise.words.includes(name), `${there}: ${promise.words}`);
      const [, where, how] = leaving;
      assert.ok(where.words.includes(BANKS.redirect[language]) && how.words.includes(BANKS.redirect[language]), `${there}: ${where.words}, ${how.words}`);
      await page.close();
    }
  });
}

test('a mark that would act is an image all the same', async () => {
  const path = await file('acting.svg', svg('onload="document.documentElement.id=\'ran\'"><script>document.documentElement.id="ran"</script><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="/"/></foreignObject>'));
  await brand('--reset', '--mark', path);
  const fresh = Date.now() + 1_100;
  await until(() => Date.now() > fresh, 'what the server remembers is old');
  const connection = await on.gesher.connect({ language: 'en' });
  const page = await on.browser.newPage();
  await page.goto(connection.hosted_url);
  const address = await page.locator('.top .mark.tenant img').getAttribute('src');
  on.browser.expect(/script|sandbox|frame|Content Security Policy|X-Frame|policy/i);
  const answer = await page.goto(new URL(address, on.gesher.url).href);
  assert.equal(answer.headers()['content-type'], 'image/svg+xml');
  assert.equal(await page.locator('#ran').count(), 0, 'nothing ran, even as a page of its own');
  await page.close();
});
