// The list of institutions while somebody types: how often it asks, whose answer counts, and how much comes.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { enter } from '../lib/door.mjs';
import { stage } from '../lib/stage.mjs';
import { institution } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
afterEach(async () => {
  for (const page of on.browser.context.pages().slice(1)) await page.close();
});

const SEARCH = /\/w\/fn\/search/;
/** Shortest time from one search to the next, in milliseconds; as in app/src/client/input.rs. */
const GAP = 60;
/** Waits until this bank is the first of the list: it may be farther down before. */
const first = (page, name) => until(async () => name.test((await names(page))[0] ?? ''), `${name} comes first`);
const names = (page) => page.locator('.tile .name').allTextContents();

test('six letters that are typed in a row make few requests, and the last of them counts', async () => {
  const { page } = await enter(on.browser, on.gesher, 'en');
  let asked = 0;
  page.on('request', (request) => { asked += SEARCH.test(request.url()); });
  const took = await page.evaluate(async () => {
    const input = document.querySelector('#q');
    const begin = performance.now();
    for (const text of ['d', 'di', 'dis', 'disc', 'disco', 'discou']) {
      input.value = text;
      input.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    return performance.now() - begin;
  });
  await first(page, /Discount/);
  await page.waitForTimeout(3 * GAP);
  assert.ok(asked >= 1 && asked <= 2 + Math.floor(took / GAP), `${asked} requests in ${took} ms`);
  assert.match((await names(page))[0], /Discount/);
});

test('the first letter is searched for at once, and a pause brings no second request', async () => {
  const { page, person } = await enter(on.browser, on.gesher, 'en');
  let asked = 0;
  page.on('request', (request) => { asked += SEARCH.test(request.url()); });
  await person.searchBox().fill('leumi');
  await first(page, /Leumi/);
  await page.waitForTimeout(3 * GAP);
  assert.equal(asked, 1);
});

test('an answer that comes late does not take the place of a newer one', async () => {
  const { page, person } = await enter(on.browser, on.gesher, 'en');
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  let number = 0;
  await page.route(SEARCH, async (route) => {
    number += 1;
    if (number === 1) await held;
    await route.continue();
  });
  const early = page.waitForRequest(SEARCH);
  await person.searchBox().fill('leumi');
  const late = await early;
  await person.searchBox().fill('discount');
  await first(page, /Discount/);
  const before = await names(page);
  release();
  await until(async () => (await late.response())?.status() === 200, 'the late answer');
  await (await late.response()).finished();
  await page.waitForTimeout(200);
  assert.deepEqual(await names(page), before);
  assert.match(before[0], /Discount/);
});

for (const language of LANGUAGES) {
  test(`an answer is small, whatever is typed: ${language}`, async (t) => {
    const { page, person } = await enter(on.browser, on.gesher, language);
    for (const query of ['a', 'bank', 'בנק', 'sparkasse', 'ב']) {
      const answer = page.waitForResponse(SEARCH);
      await person.searchBox().fill(query);
      const { length } = await (await answer).body();
      t.diagnostic(`${query}: ${length} bytes`);
      assert.ok(length <= 12 * 1024, `${query}: ${length}`);
      await page.waitForTimeout(2 * GAP);
    }
    assert.ok((await page.locator('.tile').count()) <= 24);
  });

  test(`without a search the popular ones stand first, and the others are counted: ${language}`, async () => {
    const { page, person } = await enter(on.browser, on.gesher, language);
    await page.getByRole('heading', { level: 2, name: person.say('popular') }).waitFor();
    const more = await page.locator('.more').textContent();
    assert.match(more, person.say('more_others'));
    const others = Number(more.replace(/\D/g, ''));
    assert.ok(others > 15_000, more);
    // With everything that there is of one country the list is whole, and nobody has to be told where a bank is.
    const few = await enter(on.browser, on.gesher, language, { institution_ids: ['il-leumi', 'il-max', 'il-discount'] });
    assert.equal(await few.page.locator('.tile').count(), 3);
    assert.equal(await few.page.locator('.popular, .more').count(), 0);
    assert.doesNotMatch(await few.page.locator('.tiles').textContent(), /·/);
  });

  test(`two banks of one name are told apart by their countries: ${language}`, async () => {
    const { page, person } = await enter(on.browser, on.gesher, language);
    await person.search('unicredit');
    const tiles = page.locator('.tile').filter({ hasText: /unicredit/i });
    await until(async () => (await tiles.count()) > 1, 'more than one');
    const kinds = await tiles.locator('.kind').allTextContents();
    assert.ok(kinds.every((kind) => / · \S/.test(kind)), kinds.join('\n'));
    assert.ok(new Set(kinds).size > 1, kinds.join('\n'));
    const germany = person.say('DE');
    assert.ok(kinds.some((kind) => kind.includes(germany)), kinds.join('\n'));
  });

  test(`nothing found says why: ${language}`, async () => {
    const { page, person } = await enter(on.browser, on.gesher, language, { countries: ['IL'] });
    await person.search('zzzzzz');
    await page.getByRole('heading', { level: 2, name: person.say('empty_title', { query: 'zzzzzz' }) }).waitFor();
    await page.getByText(person.say('empty_advice')).waitFor();
    await person.search('deutsche bank');
    const known = page.getByRole('heading', { level: 2, name: person.say('not_here_title') });
    await known.filter({ hasText: 'Deutsche Bank' }).waitFor();
    await page.getByText(person.say('not_here_advice')).waitFor();
    assert.equal(await page.locator('.tile').count(), 0);
    await page.getByRole('button', { name: person.say('not_listed') }).waitFor();
    await person.press(person.say('show_all'));
    await person.tile(institution('il-leumi')[language]).first().waitFor();
  });

  for (const colorScheme of ['light', 'dark']) {
    test(`the longest names keep to a narrow page: ${language}, ${colorScheme}`, async () => {
      const { page } = await enter(on.browser, on.gesher, language);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 320, height: 640 });
      for (const name of ['Raiffeisenbank '.repeat(6).slice(0, 80), 'ב'.repeat(80), 'W'.repeat(80)]) {
        await page.evaluate((text) => {
          for (const label of document.querySelectorAll('.tile .label')) {
            label.querySelector('.name').textContent = text;
            label.querySelector('.other')?.remove();
            label.querySelector('.name').insertAdjacentHTML('afterend', '<bdi class="other"></bdi>');
            label.querySelector('.other').textContent = text;
            label.querySelector('.kind').append(` · ${text}`);
          }
        }, name);
        const wide = await page.evaluate(() => {
          const { clientWidth } = document.documentElement;
          const beyond = (element) => {
            const { left, right } = element.getBoundingClientRect();
            return left < -0.5 || right > clientWidth + 0.5;
          };
          const wider = document.documentElement.scrollWidth > clientWidth;
          return [wider ? 'the page' : '', ...[...document.querySelectorAll('.tile *')].filter(beyond).map((element) => element.className)].filter(Boolean);
        });
        assert.deepEqual(wide, [], name);
      }
    });
  }
}

test('a logo that does not load leaves the letters, and one that loads lies over them', async () => {
  on.browser.expect(/status of 404/);
  const { page } = await enter(on.browser, on.gesher, 'en');
  const add = (source) => page.evaluate((src) => {
    const mark = document.querySelector('.tile .mark');
    const logo = Object.assign(document.createElement('img'), { className: 'logo', src, alt: '', width: 40, height: 40 });
    mark.append(logo);
  }, source);
  const logos = page.locator('.tile .mark .logo');
  await add('/w/logo/there-is-none.png');
  await until(async () => (await logos.count()) === 0, 'the broken logo is gone');
  assert.match(await page.locator('.tile .mark').first().textContent(), /\S/);
  await add('/favicon.svg');
  await until(() => logos.evaluate((logo) => logo.complete && logo.naturalWidth > 0), 'it is loaded');
  const [mark, logo] = await Promise.all([page.locator('.tile .mark').first().boundingBox(), logos.boundingBox()]);
  assert.deepEqual(logo, mark);
});
