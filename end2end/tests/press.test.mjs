// A list that changes under the finger: what a person began to press is what they pressed.
import { test } from 'node:test';
import { stage } from '../lib/stage.mjs';
import { institution, widget } from '../lib/widget.mjs';

const on = stage();

test('results that come while a tile is pressed do not take the press away', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const page = await on.browser.newPage();
  await page.goto(connection.hosted_url);
  const person = widget(page, 'en');
  await person.reached('picker_title');
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await page.route(/\/w\/fn\/search/, (route) => held.then(() => route.continue()));
  const bank = institution('il-leumi');
  const asked = page.waitForRequest(/\/w\/fn\/search/);
  await person.search(bank.en);
  await asked;
  const box = await person.tile(bank.en).first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  const answered = page.waitForResponse(/\/w\/fn\/search/);
  release();
  await (await answered).finished();
  await page.waitForTimeout(200);
  await page.mouse.up();
  await person.reached('form_title');
  await page.close();
});
