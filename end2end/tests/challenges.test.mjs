// Institutions that ask in other ways than a login and a code: on the hosted page, with scripts and without.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { told } from '../lib/ends.mjs';
import { atChallenge, atForm } from '../lib/screens-forms.mjs';
import { stageFor } from '../lib/stage.mjs';
import { LANGUAGES } from '../lib/words.mjs';

/** What the host reads of a connection once it has exchanged what the page's link brings. */
async function accountsOf(gesher, { page, person, connection }) {
  await person.reached('success_title');
  const link = page.getByRole('link', { name: person.say('return_to') });
  const token = new URL(await link.getAttribute('href')).searchParams.get('public_token');
  const exchanged = await gesher.exchange(token, connection.customer);
  assert.equal(exchanged.status, 200);
  await gesher.status(connection.id, 'active');
  return gesher.list(`/connections/${connection.id}/accounts`);
}

for (const scripts of [true, false]) {
  test(`a method, a code and another code, scripts ${scripts ? 'on' : 'off'}`, async (t) => {
    const { gesher, browser } = await stageFor(t, { browser: { javaScriptEnabled: scripts } });
    for (const language of LANGUAGES) {
      const there = await atChallenge(browser, gesher, language, 'sandbox-methods', { scripts });
      const { page, person } = there;
      await page.locator('input[type=radio][value=sms]').check();
      await person.press(person.say('go_on'));
      await person.code().waitFor();
      const again = page.locator('form.again button');
      if (scripts) {
        assert.ok(await again.isDisabled(), 'not before it is time');
        await page.locator('form.again button:enabled').waitFor();
      } else {
        await page.waitForTimeout(5500);
      }
      await again.click();
      await page.getByText(person.say('resent')).waitFor();
      await person.confirm();
      assert.ok((await accountsOf(gesher, there)).length > 0);
      await page.close();
      browser.assertQuiet();
    }
  });

  test(`a picture, wrong and then right, scripts ${scripts ? 'on' : 'off'}`, async (t) => {
    const { gesher, browser } = await stageFor(t, { browser: { javaScriptEnabled: scripts } });
    for (const language of LANGUAGES) {
      const there = await atChallenge(browser, gesher, language, 'sandbox-picture', { scripts });
      const { page, person } = there;
      const shown = () => page.locator('img.picture').evaluate((picture) => picture.complete && picture.naturalWidth > 0);
      await until(shown, 'the picture is there');
      const first = await told(page);
      await person.field('digits').fill(first === '00000' ? '11111' : '00000');
      await person.press(person.say('go_on'));
      await person.alert().filter({ hasText: /\S/ }).first().waitFor();
      await until(shown, 'another picture is there');
      const second = await told(page);
      assert.notEqual(second, first, 'a picture is made anew for each try');
      assert.equal(await person.field('digits').inputValue(), '');
      await person.field('digits').fill(second);
      await person.press(person.say('go_on'));
      await person.reached('success_title');
      await page.close();
      browser.assertQuiet();
    }
  });

  test(`accounts to pick, scripts ${scripts ? 'on' : 'off'}`, async (t) => {
    const { gesher, browser } = await stageFor(t, { browser: { javaScriptEnabled: scripts } });
    for (const language of LANGUAGES) {
      const there = await atChallenge(browser, gesher, language, 'sandbox-accounts', { scripts });
      const { page, person } = there;
      await person.confirm();
      await person.reached('accounts_pick_title');
      const boxes = page.locator('input[name=account]');
      const offered = await boxes.count();
      assert.ok(offered >= 2);
      for (const box of await boxes.all()) {
        assert.ok(await box.isChecked(), 'all are picked to begin with');
        await box.uncheck();
      }
      await person.press(person.say('go_on'));
      await page.getByText(person.say('accounts_empty')).first().waitFor();
      await boxes.first().check();
      await person.press(person.say('go_on'));
      assert.equal((await accountsOf(gesher, there)).length, 1, 'only what was picked');
      await page.close();
      browser.assertQuiet();
    }
  });

  test(`every kind of field, wrong and then right, scripts ${scripts ? 'on' : 'off'}`, async (t) => {
    const { gesher, browser } = await stageFor(t, { browser: { javaScriptEnabled: scripts } });
    for (const language of LANGUAGES) {
      const there = await atForm(browser, gesher, language, 'sandbox-forms', { scripts });
      const { page, person } = there;
      await person.press(person.say('go_on'));
      await person.alert().filter({ hasText: /\S/ }).first().waitFor();
      assert.equal(await page.locator('.alert a').count(), 5, 'each wrong field is named');
      await page.locator('input[name="f.psu_id.type"][value=passport]').check();
      await person.field('psu_id').fill('p1234567');
      await person.field('account.branch').fill('123');
      await person.field('account.account').fill('45-6789');
      await person.field('account_kind').selectOption('joint');
      await page.locator('input[name="f.device"][value=own]').check();
      await person.field('password').fill('pass');
      await person.press(person.say('go_on'));
      await person.confirm();
      await person.reached('success_title');
      await page.close();
      browser.assertQuiet();
    }
  });
}

test('what the host fixed is shown and cannot be changed', async (t) => {
  const { gesher, browser } = await stageFor(t);
  const asked = { psu_id: '043510023', psu_corporate_id: '510000003' };
  const there = await atForm(browser, gesher, 'en', 'sandbox-business', { asked });
  for (const [name, value] of Object.entries(asked)) {
    assert.equal(await there.person.field(name).inputValue(), value);
    assert.equal(await there.person.field(name).isEditable(), false, name);
  }
  // Whoever changes it all the same is refused beside the field.
  await there.person.field('psu_corporate_id').evaluate((input) => { input.value = '510000011'; });
  await there.person.logIn();
  await there.page.getByText(there.person.say('field_locked')).first().waitFor();
  browser.assertQuiet();
});

test('a security question, wrong and then right', async (t) => {
  const { gesher, browser } = await stageFor(t);
  for (const [language, answer] of [['en', 'Blue'], ['he', 'כחול']]) {
    const { page, person } = await atChallenge(browser, gesher, language, 'sandbox-question');
    await person.field('answer').fill('green');
    await person.press(person.say('go_on'));
    await person.alert().filter({ hasText: /\S/ }).first().waitFor();
    await person.field('answer').fill(answer);
    await person.press(person.say('go_on'));
    await person.reached('success_title');
    await page.close();
    browser.assertQuiet();
  }
});
