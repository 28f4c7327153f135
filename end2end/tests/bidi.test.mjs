// The look at the order of letters, which every screen gets beside axe's, sees what it is there for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mixed } from '../lib/bidi.mjs';
import { stage } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';

const on = stage();

test('a number that is not kept apart is found', async () => {
  const connection = await on.gesher.connect({ language: 'he', institution_ids: ['sandbox-bank'], psu_id: '043510023' });
  const page = await on.browser.newPage();
  await page.goto(connection.hosted_url);
  await widget(page, 'he').reached('form_title');
  // The look itself can fail: without its isolation a masked number turns round.
  const turned = await page.evaluate(() => {
    const text = document.querySelector('.promise span');
    text.textContent = 'הקוד נשלח אל •••-175 עכשיו';
    return text.textContent;
  });
  const { wrong } = await mixed(page);
  assert.ok(wrong.some((each) => turned.includes(each.split(' in ')[0])), JSON.stringify(wrong));
  await page.close();
});
