// A slow network brings answers in another order than they were asked for. The person does not notice.
import { test } from 'node:test';
import { openConnection } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { BANK, widget } from '../lib/widget.mjs';

const on = stage();

/** Holds what this server function answers back, until the test lets it go. */
async function hold(page, name) {
  const cdp = await page.context().newCDPSession(page);
  let arrived;
  const answered = new Promise((resolve) => { arrived = resolve; });
  cdp.on('Fetch.requestPaused', ({ requestId }) => arrived(requestId));
  await cdp.send('Fetch.enable', { patterns: [{ urlPattern: `*/w/fn/${name}*`, requestStage: 'Response' }] });
  return { answered, release: async () => cdp.send('Fetch.continueRequest', { requestId: await answered }) };
}

test('a choice that is made before the opening is answered is not lost', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const page = await on.browser.newPage();
  const held = await hold(page, 'open');
  await page.goto(connection.hosted_url);
  await held.answered;
  const person = widget(page, 'en');
  await person.search(BANK.en);
  await person.tile(BANK.en).first().click();
  await page.waitForTimeout(300);
  await held.release();
  await person.reached('form_title');
  await person.logIn();
  await person.confirm();
  await person.reached('success_title');
  await page.close();
});

test('a person who presses twice acts once', async () => {
  const opened = await openConnection(on.browser, on.gesher, await on.gesher.connect({ language: 'en' }), 'en');
  await opened.widget.choose();
  for (const [name, value] of [['psu_id', '043510023'], ['username', 'user'], ['password', 'wrong']]) await opened.widget.field(name).fill(value);
  await opened.widget.scope.getByRole('button', { name: opened.widget.say('go_on') }).dblclick();
  await opened.widget.alert().filter({ hasText: opened.widget.say('wrong_credentials') }).filter({ hasText: '2' }).waitFor();
  await opened.page.close();
});
