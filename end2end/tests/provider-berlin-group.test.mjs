// Banks that speak NextGenPSD2 and want more than a redirect: a password and a code typed in the widget, a confirmation, signed messages, a
// certificate, the brand of a group. On the hosted page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from '../lib/ends.mjs';
import { launchHere, openHosted, toLeaving } from '../lib/leg.mjs';
import { stage } from '../lib/stage.mjs';
import { institution, PSU } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
/** Of this person the bank takes the password only encrypted. */
const ENCRYPTED = '316159151';

/** The hosted page of a new connection, at its picker. */
async function begin(language) {
  await on.browser.context.clearCookies();
  const connection = await on.gesher.connect({ language });
  return { connection, ...(await openHosted(on.browser, connection, language)) };
}

/** The host has the connection, with accounts of these kinds. */
async function linked({ connection, page, person }, kinds) {
  await person.reached('success_title');
  const link = page.getByRole('link', { name: person.say('return_to') });
  const token = new URL(await link.getAttribute('href')).searchParams.get('public_token');
  assert.equal((await on.gesher.exchange(token, connection.customer)).status, 200);
  await on.gesher.status(connection.id, 'active');
  const accounts = await on.gesher.list(`/connections/${connection.id}/accounts`);
  const there = new Set(accounts.map((account) => account.kind));
  for (const kind of kinds) assert.ok(there.has(kind), `${kind} among ${[...there]}`);
  await page.close();
}

/** Id and password of this bank. */
async function logIn({ person }, psu = PSU) {
  await person.choose(institution('sandbox-password'));
  await person.field('psu_id').fill(psu);
  await person.field('password').fill('pass');
  await person.press(person.say('go_on'));
}

for (const language of LANGUAGES) {
  test(`a password, a method and a code in the widget: ${language}`, async () => {
    const at = await begin(language);
    const { page, person } = at;
    await logIn(at);
    await person.reached('challenge_title');
    await page.locator('input[type=radio][value=photo-1]').check();
    await person.press(person.say('go_on'));
    await page.locator('img.picture').waitFor();
    await person.field('code').fill('00000');
    await person.press(person.say('go_on'));
    await person.alert().filter({ hasText: /\S/ }).first().waitFor();
    await person.field('code').fill(await told(page));
    await person.press(person.say('go_on'));
    await linked(at, ['CACC', 'CARD']);
  });

  test(`a password that the bank takes only encrypted is not sent: ${language}`, async () => {
    const at = await begin(language);
    await logIn(at, ENCRYPTED);
    await at.person.reached('login_not_supported');
    await at.person.press(at.person.say('login_not_supported_way_on'));
    await at.person.reached('picker_title');
    await at.page.close();
  });

  for (const [id, kinds] of [
    ['sandbox-confirmation', ['CACC', 'CARD']],
    ['sandbox-signature', ['CACC', 'CARD']],
    ['sandbox-certificate', ['CACC', 'CARD', 'LOAN']],
    ['sandbox-north', ['CACC', 'CARD', 'LOAN']],
    ['sandbox-south', ['CACC', 'CARD', 'LOAN']],
  ]) {
    test(`${id}: ${language}`, async () => {
      const at = await begin(language);
      const bank = institution(id);
      await toLeaving(at.person, bank, language);
      const there = await launchHere(at.page, at.person);
      await there.arrived();
      await there.speak(language);
      assert.ok((await at.page.locator('header strong').textContent()).includes(bank[language]), 'the bank says who it is');
      await there.goThrough();
      await linked(at, kinds);
    });
  }
}
