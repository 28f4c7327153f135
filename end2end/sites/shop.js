// Loads the SDK from widget.localhost, as a host's page does, and writes down what the SDK calls.
const widget = location.origin.replace('shop.', 'widget.');
window.calls = [];
window.mistakes = [];
addEventListener('error', (event) => window.mistakes.push(event.message));
document.getElementById('bottom').style.setProperty('margin-top', '3000px');

// The strict policy lets only this page's own rule make script addresses; the SDK must get along without one.
const rule = trustedTypes.createPolicy('shop', { createScriptURL: (address) => address });

window.loadSdk = () =>
  new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = rule.createScriptURL(`${widget}/gesher.js`);
    script.onload = () => resolve();
    document.head.append(script);
  });
window.openWidget = (options = {}) => {
  const { inline, throwing, ...rest } = options;
  const note = (name) => (...values) => {
    window.calls.push([name, ...values]);
    if (throwing) throw new Error(`the page's own mistake in ${name}`);
  };
  window.handle = Gesher.open({
    token: 'ct_one',
    ...(inline && { mode: 'inline', container: document.getElementById('place') }),
    onSuccess: note('success'),
    onExit: note('exit'),
    onEvent: note('event'),
    ...rest,
  });
  return window.handle;
};
