// Every bad end: how a person comes to it, and what it is. The tests go there by both doors, and the gallery shows it.
//
// An end names the failure (`code`, with what `differs` from the table) that the host hears of, or the `exit`. Its screen has the
// heading `title`, the failure's own (or that of its `words`) if there is none; or it is said `beside` the form under that heading, with the tries that are
// `left`. One that the person ends by a press `leaves`, and the host's page hears it at once, with the `query` if there is one. `reach` comes to it from the picker, `onward` presses its one way on (its button is called `way`) and sees where that
// leads. `status` is what the API then says of the connection. In the gallery it is called `picture`; one that looks like another is
// not there.
import { BANKS, inApp } from './bank.mjs';
import { somebody } from './door.mjs';
import { launch, launchHere, toLeaving } from './leg.mjs';
import { BANK, institution } from './widget.mjs';

/** Logs in with wrong passwords, so many times; after each but the last the form says how many tries are left. */
async function mistypes({ person }, psu, times) {
  for (let left = 2, done = 0; done < times; done += 1, left -= 1) {
    await person.logIn({ psu, password: 'wrong' });
    if (done < times - 1) await tried(person, left);
  }
}

/** What is said of the tries that are left. */
export const triesLeft = (say, left) => (left === 1 ? say('tries_left_one') : say('tries_left_other', { count: String(left) }));
const tried = (person, left) => person.alert().filter({ hasText: triesLeft(person.say, left) }).first().waitFor({ timeout: 20_000 });

/** Types a wrong code, so many times. */
async function misreads({ person }, times) {
  for (let left = 2, done = 0; done < times; done += 1, left -= 1) {
    await person.confirm('99999');
    if (done < times - 1) await tried(person, left);
  }
}

/** Wrong passwords until this form takes none any more. The bank counts for each person, and the form for all of them. */
async function usesUp(there, bank = BANK) {
  await there.person.choose(bank);
  await there.person.logIn({ psu: somebody(), password: 'wrong' });
  for (const left of [2, 1]) {
    await tried(there.person, left);
    await there.person.logIn({ psu: somebody(), password: 'wrong' });
  }
}

/** Past the login at a bank with a form: at the code. */
async function atCode(there, psu = somebody(), bank = BANK) {
  await there.person.choose(bank);
  await there.person.logIn({ psu });
  await there.person.reached('challenge_title');
}

/** Answers what is asked after the login. */
async function answers({ person }, field, answer) {
  await person.field(field).fill(answer);
  await person.press(person.say('go_on'));
}

/** The digits that a picture's hint tells a tester. */
export const told = async (scope) => (await scope.locator('.hint').first().textContent()).match(/\d{5}/)[0];

/** On the bank's own pages: from a frame in a window of their own. */
export async function atTheBank(there, bank = BANKS.redirect) {
  const { door, page, person, language } = there;
  await toLeaving(person, bank, language);
  const pages = await (door === 'frame' ? launch(page, person) : launchHere(page, person));
  await pages.arrived();
  there.bank = pages;
  return pages;
}

/** In the bank's app. */
export async function inTheApp({ person, language }, psu) {
  await person.choose(BANKS.app, BANKS.app[language]);
  await person.field('psu_id').fill(psu);
  await person.press(person.say('go_on'));
}

const onTo = (key, title) => async ({ person }) => {
  await person.press(person.say(key));
  await person.reached(title);
};

// What is tried once more at the same institution.
const ONCE_MORE = ['code_expired', 'cancelled_at_institution', 'institution_unavailable', 'timed_out'];

/** A failure after which the person can begin again here: at the picker, or where the same institution begins. */
const again = (code, { leads = ONCE_MORE.includes(code) ? 'form_title' : 'picker_title', ...end }) => ({
  code, status: 'pending', way: `${code}_way_on`, onward: onTo(`${code}_way_on`, leads), ...end,
});
/** One beside a form, whose own button is the way on. */
const beside = (code, title, end) => ({ code, beside: title, status: 'connecting', way: 'go_on', ...end });
/** One that ends the session. */
const final = (code, end) => ({ code, status: 'failed', exit: 'failed', ...end });

const atCodeThen = { onward: async ({ person }) => { await person.confirm(); await person.reached('success_title'); } };
const atFormThen = (psu) => ({ onward: async ({ person }) => { await person.logIn({ psu }); await person.reached('challenge_title'); } });

export const LOGIN_ENDS = {
  'login-wrong': beside('wrong_credentials', 'form_title', { picture: 'form-wrong',
    left: 2, ...atFormThen(), reach: async (there) => { await there.person.choose(); await mistypes(there, somebody(), 1); },
  }),
  'login-wrong-last': beside('wrong_credentials', 'form_title', { picture: 'form-wrong-last',
    left: 1, ...atFormThen(), reach: async (there) => { await there.person.choose(); await mistypes(there, somebody(), 2); },
  }),
  'login-locked': again('login_locked', { picture: 'failed-locked', reach: async (there) => { await there.person.choose(); await mistypes(there, somebody(), 3); } }),
  'tries-used-up': again('too_many_tries', { picture: 'failed-tries',
    reach: (there) => usesUp(there),
  }),
  'session-used-up': final('too_many_tries', { picture: 'failed-no-tries', advice: 'too_many_tries_last_advice',
    differs: { retryable: false, next_action: 'ask_host' },
    // No bank is tried more than five times in an hour, so it takes several.
    reach: async (there) => {
      for (const bank of ['il-jerusalem', 'il-postal', 'il-esh', 'il-union'].map(institution)) {
        await usesUp(there, bank);
        await there.person.reached('too_many_tries');
        await onTo('too_many_tries_way_on', 'picker_title')(there);
      }
      await usesUp(there);
      await there.person.reached('too_many_tries');
    },
  }),
  'code-wrong': beside('wrong_code', 'challenge_title', { picture: 'code-wrong', left: 2, ...atCodeThen, reach: async (there) => { await atCode(there); await misreads(there, 1); } }),
  'code-wrong-last': beside('wrong_code', 'challenge_title', { picture: 'code-wrong-last', left: 1, ...atCodeThen, reach: async (there) => { await atCode(there); await misreads(there, 2); } }),
  'code-locked': again('login_locked', { reach: async (there) => { await atCode(there); await misreads(there, 3); } }),
  'code-expired': again('code_expired', { picture: 'failed-code-expired',
    reach: async (there) => {
      await atCode(there);
      await there.gesher.later({ minutes: 6 });
      await there.person.confirm();
    },
  }),
  'answer-wrong': beside('wrong_code', 'challenge_title', {
    picture: 'answer-wrong', words: 'wrong_answer', left: 2,
    reach: async (there) => { await atCode(there, somebody(), institution('sandbox-question')); await answers(there, 'answer', 'green'); },
    onward: async (there) => { await answers(there, 'answer', there.language === 'he' ? 'כחול' : 'Blue'); await there.person.reached('success_title'); },
  }),
  'picture-wrong': beside('wrong_code', 'challenge_title', {
    picture: 'picture-wrong', words: 'wrong_picture', left: 2,
    reach: async (there) => { await atCode(there, somebody(), institution('sandbox-picture')); await answers(there, 'digits', '00000'); },
    onward: async (there) => { await answers(there, 'digits', await told(there.frame)); await there.person.reached('success_title'); },
  }),
  'picture-expired': again('code_expired', {
    picture: 'failed-picture-expired', words: 'picture_expired',
    reach: async (there) => {
      await atCode(there, somebody(), institution('sandbox-picture'));
      await there.gesher.later({ minutes: 6 });
      await answers(there, 'digits', await told(there.frame));
    },
  }),
  'app-silent': again('timed_out', { picture: 'failed-timed-out',
    reach: async (there) => {
      const { person, frame, gesher } = there;
      // Nobody answers in this person's app.
      await atCode(there, '008332884', institution('sandbox-methods'));
      await frame.locator('input[type=radio][value=app]').check();
      await person.press(person.say('go_on'));
      await person.reached('waiting_title');
      await gesher.later({ minutes: 2 });
    },
  }),
};

export const PERSON_ENDS = {
  cancelled: { picture: 'cancelled',
    exit: 'cancelled', title: 'cancelled_title', advice: 'cancelled_text', quiet: true, leaves: true, status: 'pending', reach: ({ person }) => person.press(person.say('close')),
  },
  'not-listed': {
    picture: 'not-listed', exit: 'not_listed', query: 'Bank of Nowhere', title: 'not_listed_title', advice: 'not_listed_text', quiet: true, leaves: true,
    status: 'abandoned',
    reach: async ({ person }) => {
      await person.search('Bank of Nowhere');
      await person.press(person.say('not_listed'));
    },
  },
  'cancelled-later': {
    exit: 'cancelled', title: 'cancelled_title', advice: 'cancelled_text', quiet: true, leaves: true, status: 'pending',
    reach: async (there) => { await atCode(there); await there.person.press(there.person.say('close')); },
  },
  refused: final('consent_rejected', { picture: 'failed', status: 'rejected', reach: async (there) => { await atCode(there, '050299338'); await there.person.confirm(); } }),
  'cancelled-at-bank': again('cancelled_at_institution', { leads: 'leaving_title', picture: 'failed-cancelled-at-bank', reach: async (there) => { await (await atTheBank(there)).cancel(); } }),
  'refused-at-bank': final('consent_rejected', {
    status: 'rejected',
    reach: async (there) => {
      const bank = await atTheBank(there);
      await bank.logIn({ psu: somebody() });
      await there.bank.page.locator('main button[value=approve]').waitFor();
      await bank.decline();
    },
  }),
  'refused-in-app': final('consent_rejected', {
    status: 'rejected',
    reach: async (there) => {
      const psu = somebody();
      await inTheApp(there, psu);
      await there.person.reached('waiting_title');
      await inApp(there.browser, there.gesher, 'decline', psu);
      await there.page.bringToFront();
    },
  }),
  expired: { picture: 'expired',
    exit: 'expired', title: 'expired_title', advice: 'expired_text', status: 'abandoned',
    reach: async ({ person, gesher }) => {
      await person.choose();
      await gesher.later({ minutes: 31 });
      // Without scripts nothing comes by itself.
      if (!person.scripts) await person.logIn();
    },
  },
};

/** People with whom a bank is in trouble; what each of them meets stands in the host guide. */
export const TROUBLE = {
  down: '316159037', slow: '316159003', stuck: '316159078', page: '316159086', half: '316159094', shape: '316159102', halfGrant: '316159110', past: '316159128',
};

const logsIn = (psu) => async ({ person }) => {
  await person.choose();
  await person.logIn({ psu });
};
const confirms = (psu) => async (there) => {
  await atCode(there, psu);
  await there.person.confirm();
};
/** Approves on the bank's own pages, or in its app. */
const approves = (psu) => async (there) => {
  const bank = await atTheBank(there);
  await bank.logIn({ psu });
  await bank.approve();
  await bank.code();
};

export const BANK_ENDS = {
  'bank-down': again('institution_unavailable', { picture: 'failed-bank-down', reach: logsIn(TROUBLE.down) }),
  'bank-answers-a-page': again('bad_institution_answer', { picture: 'failed-bank-nonsense', reach: logsIn(TROUBLE.page) }),
  'bank-answers-half': again('outcome_unknown', { picture: 'failed-outcome-unknown', reach: logsIn(TROUBLE.half) }),
  'bank-grants-nonsense': again('bad_institution_answer', { reach: confirms(TROUBLE.shape) }),
  'bank-grants-half': again('outcome_unknown', { reach: confirms(TROUBLE.halfGrant) }),
  'bank-grants-the-past': again('bad_institution_answer', { reach: confirms(TROUBLE.past) }),
  'bank-down-after-approval': again('institution_unavailable', { leads: 'leaving_title', reach: approves(TROUBLE.down) }),
  'bank-answers-a-page-after-approval': again('bad_institution_answer', { reach: approves(TROUBLE.page) }),
  'app-down': again('institution_unavailable', { reach: (there) => inTheApp(there, TROUBLE.down) }),
};

export const ENDS = { ...LOGIN_ENDS, ...PERSON_ENDS, ...BANK_ENDS };
