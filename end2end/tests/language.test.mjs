// What was typed and chosen is still there after the language was changed; what is secret is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '../lib/stage.mjs';
import { institution, widget } from '../lib/widget.mjs';

const on = stage();

test('every kind of field keeps its choice', async () => {
  const connection = await on.gesher.connect();
  const page = await on.browser.newPage();
  await page.goto(connection.hosted_url);
  const [person, hebrew] = ['en', 'he'].map((language) => widget(page, language));
  await person.reached('picker_title');
  await person.choose(institution('sandbox-forms'));
  await page.locator('input[name="f.psu_id.type"][value=passport]').check();
  await person.field('psu_id').fill('p1234567');
  await person.field('account.branch').fill('123');
  await person.field('account_kind').selectOption('joint');
  await page.locator('input[name="f.device"][value=own]').check();
  await person.field('password').fill('pass');
  await page.getByRole('button', { name: 'עברית' }).click();
  await hebrew.reached('form_title');
  assert.equal(await person.field('account_kind').inputValue(), 'joint');
  assert.equal(await person.field('psu_id').inputValue(), 'p1234567');
  assert.equal(await person.field('account.branch').inputValue(), '123');
  assert.ok(await page.locator('input[name="f.device"][value=own]').isChecked());
  assert.ok(await page.locator('input[name="f.psu_id.type"][value=passport]').isChecked());
  assert.equal(await person.field('password').inputValue(), '');
  await page.getByRole('button', { name: 'English' }).click();
  await person.reached('form_title');
  assert.equal(await person.field('account_kind').inputValue(), 'joint');
  await page.close();
});
