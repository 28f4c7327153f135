// The whole way, as a visitor of the demo shop goes it, in both languages.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { frameOf } from '../lib/shop.mjs';
import { ROOT } from '../lib/sites.mjs';
import { stage } from '../lib/stage.mjs';
import { BANK, CODE, institution, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
const shopWords = (language) => JSON.parse(readFileSync(join(ROOT, 'server/sandbox/src/shop/static', `${language}.json`), 'utf8'));

/** As a visitor whom the shop does not know. */
async function openShop(language) {
  await on.browser.context.clearCookies();
  const page = await on.browser.newPage();
  await page.goto(`${on.gesher.GESHER_SHOP_URL}/?lang=${language}`);
  return { page, say: shopWords(language) };
}

/** The messages that the shop shows, oldest first. */
const shown = (page) =>
  page.locator('#messages pre').evaluateAll((all) => all.map((each) => JSON.parse(each.textContent)).reverse());

/** The connection whose success the shop was told. */
const connectionOf = async (page) => (await shown(page)).find(({ type }) => type === 'success').payload.connection_id;

async function hasManyTransactions(id) {
  const accounts = await on.gesher.list(`/connections/${id}/accounts`);
  assert.ok(accounts.length > 0);
  const transactions = await on.gesher.list(`/accounts/${accounts[0].id}/transactions`);
  assert.ok(transactions.length >= 300, `${transactions.length} transactions`);
}

for (const language of LANGUAGES) {
  test(`over the shop's page, with mistakes on the way: ${language}`, async () => {
    const { page, say } = await openShop(language);
    await page.getByRole('button', { name: say.connect }).click();
    const frame = await frameOf(page, on.gesher);
    const person = widget(frame, language);
    await person.reached('picker_title');
    assert.equal(await frame.evaluate(() => document.documentElement.dir), language === 'he' ? 'rtl' : 'ltr');

    const leumi = institution('il-leumi');
    for (const query of [leumi.he, leumi.en, 'leumi', 'לאומי', '10']) {
      await person.search(query);
      await person.tile(leumi[language]).first().waitFor();
    }
    await person.search('zzzzzz');
    await frame.getByRole('heading', { name: person.say('empty_title', { query: 'zzzzzz' }) }).waitFor();

    await person.choose(BANK, BANK[language === 'he' ? 'en' : 'he']);
    await person.logIn({ password: 'wrong' });
    await person.alert().filter({ hasText: person.say('wrong_credentials') }).filter({ hasText: '2' }).waitFor();
    await person.logIn();
    await person.confirm('99999');
    await person.alert().filter({ hasText: person.say('wrong_code') }).filter({ hasText: '2' }).waitFor();
    await person.confirm(CODE);
    await person.reached('success_title');
    await person.press(person.say('done'));

    await until(async () => (await page.locator('iframe').count()) === 0, 'the modal is gone');
    await page.locator('#status').filter({ hasText: say.status_connected }).waitFor();
    await page.locator('#accounts').getByText(say.st_active).waitFor({ timeout: 20_000 });
    assert.ok((await page.locator('#accounts table tbody tr').count()) > 1);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'connect', 'the focus is back');

    const messages = await shown(page);
    const types = messages.map(({ type }) => type).filter((type) => type !== 'resize');
    assert.equal(types[0], 'ready');
    assert.equal(types.at(-1), 'exit');
    for (const type of ['institution_selected', 'step', 'mfa_required', 'error', 'success']) assert.ok(types.includes(type), type);
    assert.deepEqual(messages.map(({ seq }) => seq), messages.map((_, place) => place + 1), 'no gaps');
    assert.equal(new Set(messages.map(({ id }) => id)).size, messages.length);
    assert.deepEqual(messages.filter(({ type }) => type === 'error').map(({ payload }) => payload.failure.code), ['wrong_credentials', 'wrong_code']);
    assert.equal(messages.at(-1).payload.reason, 'completed');
    await hasManyTransactions(await connectionOf(page));
    await page.close();
  });

  test(`inside the shop's page, by keyboard alone: ${language}`, async () => {
    const { page, say } = await openShop(language);
    await page.getByRole('radio', { name: say.way_inline }).check();
    await page.getByRole('button', { name: say.connect }).press('Enter');
    const frame = await frameOf(page, on.gesher);
    const person = widget(frame, language);
    await person.reached('picker_title');
    await person.searchBox().focus();
    await page.keyboard.type(BANK[language]);
    await until(() => person.searchBox().getAttribute('aria-activedescendant'), 'the first result is pointed at');
    await person.tile(BANK[language]).first().waitFor();
    await page.keyboard.press('Enter');
    await person.reached('form_title');
    await person.field('psu_id').focus();
    await page.keyboard.type('043510023');
    await page.keyboard.press('Tab');
    await page.keyboard.type('user');
    await page.keyboard.press('Tab');
    await page.keyboard.type('pass');
    await page.keyboard.press('Enter');
    await person.reached('challenge_title');
    await person.code().focus();
    await page.keyboard.type(CODE);
    await page.keyboard.press('Enter');
    await person.reached('success_title');
    await frame.getByRole('button', { name: person.say('done') }).focus();
    // The frame goes away under the key, so the page's keyboard presses it, not the button's.
    await page.keyboard.press('Enter');
    await page.locator('#accounts').getByText(say.st_active).waitFor({ timeout: 20_000 });
    await page.close();
  });

  test(`on the hosted page and back: ${language}`, async () => {
    const { page, say } = await openShop(language);
    await page.getByRole('radio', { name: say.way_hosted }).check();
    await page.getByRole('button', { name: say.connect }).click();
    await page.waitForURL(`${on.gesher.url}/**`);
    const person = widget(page, language);
    await person.choose();
    await person.logIn();
    await person.confirm();
    await person.reached('success_title');
    await page.getByRole('link', { name: person.say('return_to') }).click();
    await page.waitForURL((url) => url.origin === on.gesher.shop);
    assert.doesNotMatch(page.url(), /public_/, 'the shop leaves no token in its address');
    await page.locator('#accounts').getByText(say.st_active).waitFor({ timeout: 20_000 });
    await page.close();
  });
}
