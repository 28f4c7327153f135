// The same invitation in two windows, at every stage of a visit.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../lib/browser.mjs';
import { enter, read, visit } from '../lib/door.mjs';
import { stage } from '../lib/stage.mjs';
import { JOURNEYS, goTo } from '../lib/stages.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage({ gesher: { clock: true }, other: true });

afterEach(async () => {
  for (const { context } of [on.browser, on.other]) {
    for (const page of context.pages().slice(1)) await page.close();
    await context.clearCookies();
  }
});

/** Opens the invitation once more, in another window of somebody's. */
const again = (there, browser) => visit({ ...there, browser, bank: undefined });

/** The other window took it over; this one says so, and closing it tells its page that it is out. */
async function taken({ door, page, person, frame, heard, told }, { looks = false } = {}) {
  await page.bringToFront();
  // What has come to its success waits for nothing more: it looks again when the person does.
  if (looks) await frame.evaluate(() => { document.dispatchEvent(new Event('visibilitychange')); });
  await person.reached('taken_title');
  assert.match(await frame.locator('.support bdi').textContent(), /^\w{4}-\w{4}$/);
  if (door === 'page') return;
  assert.deepEqual(await heard('exit'), []);
  await person.press(person.say('close'));
  assert.deepEqual(await told('exit'), { reason: 'cancelled', query: null });
}

for (const language of LANGUAGES) {
  test(`the hosted page twice in one browser is one visit: ${language}`, async () => {
    const first = await enter(on.browser, on.gesher, language);
    for (const { go, title } of JOURNEYS.form) {
      await go(first);
      await first.person.reached(title);
      const second = await again(first, on.browser);
      await second.person.reached(title);
      await second.page.close();
    }
    const cookies = async () => (await on.browser.context.cookies()).length;
    const known = await cookies();
    const other = await enter(on.browser, on.gesher, language);
    // Its first act tells the browser whose visit this is; before that, another window is somebody else's.
    await until(async () => (await cookies()) > known, 'the first window is the live one');
    const second = await again(other, on.browser);
    await second.person.choose();
    await other.page.bringToFront();
    await other.person.reached('form_title');
  });
}

for (const door of ['frame', 'page']) {
  for (const [journey, stages] of Object.entries(JOURNEYS)) {
    for (const [place, { name, title, under, over }] of stages.entries()) {
      // One picker and one success are like the others.
      if (journey !== 'form' && ['picker', 'success'].includes(name)) continue;
      for (const language of LANGUAGES) {
        test(`${journey}: ${name}, ${door}: ${language}`, async () => {
          const first = await enter(on.browser, on.gesher, language, { door });
          await goTo(first, stages, place);
          const second = await again(first, door === 'frame' ? on.browser : on.other);
          if (over) {
            await second.person.reached(over);
            assert.equal((await read(first)).status, 'rejected');
          } else if (under) {
            const before = (await read(first)).status;
            await second.person.reached('under_way_title');
            assert.equal((await read(first)).status, before, 'looking changes nothing');
            await second.person.press(second.person.say('start_over'));
            await second.person.reached('picker_title');
            await taken(first, { looks: name === 'success' });
            assert.equal((await read(first)).status, 'pending');
          } else {
            await second.person.reached(title);
            await taken(first);
          }
        });
      }
    }
  }
}
