// The four ways to a bank, in the demo shop as its visitor goes them, in both languages: the bank's pages in a window of
// their own, or its app. Third-party cookies are blocked, and the bank's pages cut every tie to the window that opened them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BANKS, consentStatus, inApp } from '../lib/bank.mjs';
import { until } from '../lib/browser.mjs';
import { launch, toLeaving } from '../lib/leg.mjs';
import { frameOf } from '../lib/shop.mjs';
import { ROOT } from '../lib/sites.mjs';
import { stage } from '../lib/stage.mjs';
import { PSU, widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
const shopWords = (language) => JSON.parse(readFileSync(join(ROOT, 'server/sandbox/src/shop/static', `${language}.json`), 'utf8'));

/** The widget in the shop's page, as a visitor whom the shop does not know opens it. */
async function openShop(language, way) {
  await on.browser.context.clearCookies();
  const page = await on.browser.newPage();
  await page.goto(`${on.gesher.GESHER_SHOP_URL}/?lang=${language}`);
  const say = shopWords(language);
  if (way) await page.getByRole('radio', { name: say[way] }).check();
  await page.getByRole('button', { name: say.connect }).click();
  const person = widget(await frameOf(page, on.gesher), language);
  await person.reached('picker_title');
  return { page, say, person };
}

/** From the success screen to the accounts in the shop; gives what the frame told the shop. */
async function finish({ page, say, person }, bank, language) {
  await person.reached('success_title');
  await person.press(person.say('done'));
  await page.locator('#accounts').getByText(say.st_active).waitFor({ timeout: 20_000 });
  await page.locator('#accounts').getByText(bank[language]).first().waitFor();
  assert.ok((await page.locator('#accounts table tbody tr').count()) > 0);
  const messages = await page.locator('#messages pre').evaluateAll((all) => all.map((each) => JSON.parse(each.textContent)).reverse());
  assert.deepEqual(messages.map(({ seq }) => seq), messages.map((_, place) => place + 1), 'no gaps');
  assert.equal(messages.at(-1).type, 'exit');
  assert.equal(messages.at(-1).payload.reason, 'completed');
  return messages;
}

for (const language of LANGUAGES) {
  for (const [name, way] of [['redirect', undefined], ['twoStep', 'way_inline'], ['oauth', undefined]]) {
    test(`the ${name} bank in a window of its own: ${language}`, async () => {
      const bank = BANKS[name];
      const at = await openShop(language, way);
      await toLeaving(at.person, bank, language);
      const there = await launch(at.page, at.person);
      const consent = await there.arrived();
      await at.person.reached('at_bank_title');
      await there.speak(language);
      // The bank says who asks.
      await there.page.locator('main').getByText('Pinkas').first().waitFor();
      on.browser.expect(/status of 401/);
      await there.logIn({ password: 'wrong' });
      await there.alert().waitFor();
      await there.logIn();
      await there.approve([0]);
      await there.code();
      await there.page.getByRole('heading', { level: 1, name: at.person.say('back_from_bank_title') }).waitFor();
      assert.equal(await there.page.locator('html').getAttribute('lang'), language);
      await there.page.close();
      const messages = await finish(at, bank, language);
      assert.equal(await consentStatus(on.gesher, bank, consent), 'valid');
      const types = messages.map(({ type }) => type);
      assert.equal(types.filter((type) => type === 'redirect_opened').length, 1);
      assert.ok(types.indexOf('redirect_opened') < types.indexOf('success'));
      const steps = messages.filter(({ type }) => type === 'step').map(({ payload }) => payload.name);
      for (const step of ['leaving', 'at_bank', 'success']) assert.ok(steps.includes(step), `${step} in ${steps}`);
      // One of the accounts was given, and no more.
      const { payload } = messages.find(({ type }) => type === 'success');
      assert.equal((await on.gesher.list(`/connections/${payload.connection_id}/accounts`)).length, 1);
      await at.page.close();
    });
  }

  test(`the bank's app: ${language}`, async () => {
    const bank = BANKS.app;
    const at = await openShop(language);
    await at.person.choose(bank, bank[language]);
    await at.person.field('psu_id').fill(PSU);
    await at.person.press(at.person.say('go_on'));
    await at.person.reached('waiting_title');
    // What the bank itself says, in the person's language.
    await at.person.scope.getByText(language === 'he' ? 'שלחנו בקשה לטלפון שלכם.' : 'We sent a request to your phone.', { exact: true }).waitFor();
    const clock = () => at.person.scope.locator('[data-clock]').textContent();
    const first = await clock();
    assert.match(first, /^\d+:\d\d$/);
    await until(async () => (await clock()) !== first, 'the clock ticks');
    const consent = await inApp(on.browser, on.gesher, 'approve');
    const messages = await finish(at, bank, language);
    assert.equal(await consentStatus(on.gesher, bank, consent), 'valid');
    assert.equal(messages.some(({ type }) => type === 'redirect_opened'), false);
    await at.page.close();
  });

  test(`declined in the bank's app: ${language}`, async () => {
    const at = await openShop(language);
    await at.person.choose(BANKS.app, BANKS.app[language]);
    await at.person.field('psu_id').fill(PSU);
    await at.person.press(at.person.say('go_on'));
    await at.person.reached('waiting_title');
    const consent = await inApp(on.browser, on.gesher, 'decline');
    await at.person.reached('consent_rejected');
    assert.equal(await consentStatus(on.gesher, BANKS.app, consent), 'rejected');
    await at.page.close();
  });
}
