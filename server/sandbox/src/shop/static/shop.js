// The shop's page around connectBank (connect.js): its options, its list of messages, its accounts.
(() => {
  'use strict';
  const MESSAGES = 200;
  const find = (id) => document.getElementById(id);
  const [button, status, options, inline, messages, accounts] = ['connect', 'status', 'options', 'inline', 'messages', 'accounts'].map(find);
  const lang = document.documentElement.lang;

  const say = (text, trouble = false) => {
    status.textContent = text;
    status.classList.toggle('trouble', trouble);
  };

  /** Asks the shop's backend. What it refuses arrives as an error in words. */
  window.ask = async (address, body) => {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ lang, ...body, container: undefined }),
    }).catch(() => null);
    const said = answer && await answer.json().catch(() => null);
    if (answer && answer.ok && said) return said;
    throw new Error((said && said.error && said.error.message) || status.dataset.network);
  };

  const element = (name, text, className) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const showMessage = (message) => {
    find('messages-empty').hidden = true;
    const item = document.createElement('li');
    const details = document.createElement('details');
    // The frame's height changes often and says little.
    details.open = message.type !== 'resize';
    const summary = document.createElement('summary');
    summary.dir = 'ltr';
    const number = message.seq ? `#${message.seq}` : '';
    summary.append(element('b', message.type), element('span', `${number} ${new Date(message.ts).toLocaleTimeString('en-GB')}`));
    const json = element('pre', JSON.stringify(message, null, 2));
    json.dir = 'ltr';
    details.append(summary, json);
    item.append(details);
    messages.prepend(item);
    while (messages.children.length > MESSAGES) messages.lastElementChild.remove();
  };

  let showing = 0;
  const showAccounts = async () => {
    const turn = ++showing;
    for (let tries = 0; tries < 40 && turn === showing; tries += 1) {
      const answer = await fetch(`/shop/accounts/list?lang=${lang}`).catch(() => null);
      if (!answer || turn !== showing) return;
      accounts.innerHTML = await answer.text();
      if (!accounts.querySelector('[data-waiting]')) return;
      await new Promise((later) => setTimeout(later, 1500));
    }
  };

  let handle = null;
  const show = {
    message: showMessage,
    accounts: async (exchange) => {
      say(status.dataset.exchanging);
      try {
        await exchange;
        say(status.dataset.completed);
        find('see').hidden = false;
      } catch (error) {
        say(error.message, true);
      }
      await showAccounts();
    },
    exit: (reason) => {
      if (reason !== 'completed') say(status.dataset[reason] || status.dataset.failed);
      if (handle) handle.destroy();
      handle = null;
      inline.hidden = true;
      button.disabled = false;
    },
  };

  const start = async () => {
    const chosen = Object.fromEntries(new FormData(options));
    say(status.dataset.asking);
    find('see').hidden = true;
    if (chosen.way === 'hosted') {
      const { hosted_url: address } = await ask('/shop/connect', chosen);
      say(status.dataset.leaving);
      location.assign(address);
      return;
    }
    if (!window.Gesher) throw new Error(status.dataset.noSdk);
    const isInline = chosen.way === 'inline';
    inline.hidden = !isInline;
    handle = await connectBank({ ...chosen, mode: chosen.way, container: isInline ? inline : undefined }, show);
    say(status.dataset.open);
  };

  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await start();
    } catch (error) {
      inline.hidden = true;
      say(error.message, true);
    }
    // While the widget stands inside the page, a second one would hide it.
    button.disabled = Boolean(handle) && !inline.hidden;
  });
  options.addEventListener('submit', (event) => event.preventDefault());
  // Back from the hosted page by the back button, the browser may show the page as it was left.
  addEventListener('pageshow', () => { button.disabled = false; });
  accounts.addEventListener('click', (event) => {
    if (!event.target.closest('[data-refresh]')) return;
    event.preventDefault();
    showAccounts();
  });

  const fillInstitutions = async () => {
    const answer = await fetch('/shop/institutions').catch(() => null);
    if (!answer || !answer.ok) return;
    const { data } = await answer.json();
    const select = options.elements.institution_id;
    for (const { id, name } of data) {
      const option = element('option', name[lang] || name.en || id);
      option.value = id;
      select.append(option);
    }
  };
  fillInstitutions();
  if (accounts.querySelector('[data-waiting]')) showAccounts();
})();
