// Business customers and insurers: from the picker to the host's success message and the accounts that its backend reads.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { enter } from '../lib/door.mjs';
import { stage } from '../lib/stage.mjs';
import { institution, PSU } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
const BUSINESS = institution('sandbox-business');
const INSURER = institution('sandbox-insurance');
const COMPANY = '510000003';

afterEach(async () => {
  for (const page of on.browser.context.pages().slice(1)) await page.close();
});

/** Chooses the institution; its tile says what it is. */
async function choose({ person, language }, bank, kind) {
  await person.search(bank[language]);
  const tile = person.tile(bank[language]).first();
  await tile.filter({ hasText: person.say(kind) }).waitFor();
  await tile.click();
  await person.heading(person.say('form_title')).waitFor();
}

/** From the code to the end: what the host's page hears, and what its backend reads. */
async function connected(there, bank, kind) {
  const { person, frame, gesher, connection, language } = there;
  await person.confirm();
  await person.reached('success_title');
  const lines = await frame.locator('ul.accounts li').allTextContents();
  const success = await there.told('success');
  assert.deepEqual([success.connection_id, success.institution_id, success.institution_name], [connection.id, bank.id, bank[language]]);
  const exchanged = await gesher.exchange(success.public_token, connection.customer);
  assert.equal(exchanged.status, 200);
  assert.equal(exchanged.body.connection.institution.id, bank.id);
  await gesher.status(connection.id, 'active');
  const accounts = await gesher.list(`/connections/${connection.id}/accounts`);
  assert.ok(accounts.length > 0 && accounts.length === lines.length, `${lines.length} lines for ${accounts.length} accounts`);
  for (const account of accounts) {
    assert.equal(account.kind, kind);
    const { body: balances } = await gesher.api('GET', `/accounts/${account.id}/balances`);
    assert.ok(balances.data.length > 0);
    assert.ok((await gesher.list(`/accounts/${account.id}/transactions`)).length > 0);
  }
  await person.press(person.say('done'));
  assert.deepEqual(await there.told('exit'), { reason: 'completed', query: null });
}

for (const language of LANGUAGES) {
  test(`a company, typed, with what is wrong beside it first: ${language}`, async () => {
    const there = await enter(on.browser, on.gesher, language, { door: 'frame' });
    const { person, frame } = there;
    await choose(there, BUSINESS, 'kind_business');
    await person.logIn({ psu_corporate_id: '' });
    await person.alert().filter({ hasText: person.say('problems_one') }).waitFor();
    assert.equal(await frame.evaluate(() => document.activeElement.name), 'f.psu_corporate_id', 'the field in error has the focus');
    assert.equal(await person.field('username').inputValue(), 'user', 'what was typed stays');
    // Whoever signs for it by a passport is the same person.
    await frame.locator('input[name="f.psu_id.type"][value=passport]').check();
    await person.logIn({ psu: 'P1234567', psu_corporate_id: COMPANY });
    await connected(there, BUSINESS, 'CACC');
  });

  test(`a company that the host fixed, with who signs for it: ${language}`, async () => {
    const there = await enter(on.browser, on.gesher, language, { door: 'frame', psu_id: PSU, psu_corporate_id: COMPANY });
    const { person, frame } = there;
    await choose(there, BUSINESS, 'kind_business');
    for (const [name, value] of [['psu_id', PSU], ['psu_corporate_id', COMPANY]]) {
      assert.equal(await person.field(name).inputValue(), value);
      assert.equal(await person.field(name).isEditable(), false, name);
    }
    assert.equal(await frame.getByText(person.say('locked')).count(), 2);
    await person.logIn();
    await connected(there, BUSINESS, 'CACC');
  });

  test(`an insurer: ${language}`, async () => {
    const there = await enter(on.browser, on.gesher, language, { door: 'frame' });
    await choose(there, INSURER, 'kind_insurance');
    await there.person.logIn();
    await connected(there, INSURER, 'SVGS');
  });
}
