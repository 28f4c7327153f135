// What a person does in the widget, in a frame or on the hosted page, with scripts or without.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './browser.mjs';
import { ROOT } from './sites.mjs';
import { words } from './words.mjs';

const { institutions } = JSON.parse(readFileSync(join(ROOT, 'server/directory/src/israel.json'), 'utf8'));

/** An institution's id and its names by language. */
export function institution(id) {
  const { names: { en, he = en } } = institutions.find((each) => each.id === id);
  return { id, he, en };
}

export const BANK = institution('sandbox-bank');
export const PSU = '043510023';
export const CODE = '12345';

/** Waits until something stays where it is: a frame inside a page follows the height of what is in it. */
export async function stays(locator) {
  const place = async () => JSON.stringify(await locator.boundingBox());
  let before = await place();
  await until(async () => {
    const now = await place();
    const same = now === before;
    before = now;
    return same;
  }, 'it stays where it is');
}

/** `scope` is a Page or a Frame; without `scripts` the search has a button and no listbox. */
export function widget(scope, language, { scripts = true } = {}) {
  const say = words(language);
  const field = (name) => scope.locator(`[name="f.${name}"]`);
  const press = (name) => scope.getByRole('button', { name, exact: typeof name === 'string' }).click();
  const tile = (name) => scope.getByRole(scripts ? 'option' : 'button', { name: new RegExp(`^\\s*.{0,3}\\s*${name}`) });
  const heading = (name) => scope.getByRole('heading', { level: 1, name });
  return {
    scope,
    scripts,
    say,
    field,
    press,
    tile,
    heading,
    searchBox: () => scope.getByRole(scripts ? 'combobox' : 'textbox', { name: say('search_label') }),
    async search(text) {
      await this.searchBox().fill(text);
      if (!scripts) await press(say('search_submit'));
    },
    /** Presses a bank's tile, once the list stands still. */
    async pick(bank, name = language) {
      const wanted = tile(bank[name]).first();
      await wanted.waitFor();
      await stays(wanted);
      await wanted.click();
    },
    async choose(bank = BANK, query = bank[language]) {
      await this.search(query);
      await this.pick(bank);
      await heading(say('form_title')).waitFor();
    },
    async logIn({ psu = PSU, ...others } = {}) {
      const fields = { psu_id: psu, username: 'user', password: 'pass', ...others };
      for (const [name, value] of Object.entries(fields)) {
        if (await field(name).isEditable()) await field(name).fill(value);
      }
      await press(say('go_on'));
    },
    code: () => scope.locator('input[autocomplete="one-time-code"]'),
    async confirm(code = CODE) {
      await heading(say('challenge_title')).waitFor();
      await this.code().fill(code);
      await press(say('go_on'));
    },
    /** Waits for this screen's heading. */
    reached: (key) => heading(say(key)).waitFor({ timeout: 20_000 }),
    alert: () => scope.getByRole('alert'),
  };
}
