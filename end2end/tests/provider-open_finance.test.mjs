// A link through Open Finance: its own pages in a window, the frame that hears of it, and what its webhook tells of a refusal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { until } from '../lib/browser.mjs';
import { launch, toLeaving } from '../lib/leg.mjs';
import { openConnection } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { PSU, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
const BANK = { id: 'il-open-finance-sandbox', he: 'ארגז החול של אופן פיננס', en: 'Open Finance Sandbox' };
const SETTINGS = 'client_id=sandbox-organisation\nclient_secret=sandbox-organisation-secret\ninclude_fake_providers=true\n';

/** The tenant's credentials and the vendor's list, once. */
let made;
const ready = () => (made ??= (async () => {
  const { command, tag, data, api } = on.gesher;
  await command(['provider', 'set', tag, 'open_finance', '--mode', 'test'], SETTINGS);
  assert.match(await command(['provider', 'check', tag, 'open_finance']), /open_finance, test: well/);
  await command(['institutions', 'sync', 'open_finance', '--tenant', tag, '--mode', 'test', '--review', join(data, 'review.csv')]);
  await until(async () => {
    const { body } = await api('GET', '/institutions?limit=200&include_sandbox=true&q=Open%20Finance%20Sandbox');
    return body.data.some(({ id }) => id === BANK.id);
  }, 'the institution is listed', 20_000);
})());

/** A frame at the screen that leads to the vendor. */
async function leaving(language) {
  await ready();
  const connection = await on.gesher.connect({ language });
  const opened = await openConnection(on.browser, on.gesher, connection, language);
  await toLeaving(opened.widget, BANK, language);
  return { connection, ...opened };
}

/** The vendor's pages, up to the one on which the bank asks for the consent. */
async function walk({ page }, language, psu = PSU) {
  await page.waitForURL((url) => url.pathname.startsWith('/open-finance/connect/'));
  assert.equal(await page.locator('html').getAttribute('lang'), language, 'the session\'s language');
  assert.equal(await page.locator('html').getAttribute('dir'), language === 'he' ? 'rtl' : 'ltr');
  assert.equal(await page.locator('a.language').count(), 0, 'it is chosen already');
  await page.locator('[name=psu_id]').fill(psu);
  await page.locator('button[value=identify]').click();
  await page.locator('[name=username]').fill('user');
  await page.locator('[name=password]').fill('pass');
  await page.locator('button[value=login]').click();
  await page.locator('button[value=approve]').waitFor();
}

for (const language of LANGUAGES) {
  test(`a link through Open Finance: ${language}`, async () => {
    const at = await leaving(language);
    const vendor = await launch(at.page, at.widget);
    await walk(vendor, language);
    await vendor.page.locator('button[value=approve]').click();
    await widget(vendor.page, language).reached('back_from_bank_title');
    await at.widget.reached('success_title');
    const success = await at.told('success');
    assert.equal((await on.gesher.exchange(success.public_token, at.connection.customer)).status, 200);
    await on.gesher.status(at.connection.id, 'active');
    const accounts = await on.gesher.list(`/connections/${at.connection.id}/accounts`);
    assert.ok(accounts.length >= 2, JSON.stringify(accounts));
    for (const { id } of accounts) assert.ok((await on.gesher.list(`/accounts/${id}/transactions`)).length > 0, id);
    await at.page.close();
  });

  test(`a refusal at Open Finance, which leads nobody back: ${language}`, async () => {
    const at = await leaving(language);
    const vendor = await launch(at.page, at.widget);
    await walk(vendor, language);
    await vendor.page.locator('button[value=decline]').click();
    await at.widget.reached('consent_rejected');
    await on.gesher.status(at.connection.id, 'rejected');
    await at.page.close();
  });
}
