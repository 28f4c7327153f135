// The demo shop in the browser, and sessions that a test opens in its page by itself.
import { until } from './browser.mjs';
import { widget } from './widget.mjs';

/** The widget's frame in this page. */
export async function frameOf(page, gesher) {
  return until(() => page.frames().find((frame) => frame !== page.mainFrame() && frame.url().startsWith(`${gesher.url}/`)), 'the widget\'s frame');
}

/** A page of the test's own at the shop's origin, with the SDK; `headers` are added to its own. */
export async function openHost(browser, gesher, { headers = {} } = {}) {
  const page = await browser.newPage();
  const address = `${gesher.shop}/a-host-page`;
  const policy = { 'content-security-policy': `default-src 'none'; script-src ${gesher.url}; frame-src ${gesher.url} ${gesher.shop}` };
  const body = `<!doctype html><html lang="en"><title>Host</title><main></main><script src="${gesher.url}/gesher.js"></script>`;
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', headers: { ...policy, ...headers }, body }));
  await page.goto(address);
  return page;
}

/** The same page in a sandboxed frame of another one of the shop's; gives both. */
async function openSandboxedHost(browser, gesher, sandbox) {
  const page = await openHost(browser, gesher);
  const outer = `${gesher.shop}/a-page-around`;
  const body = `<!doctype html><html lang="en"><title>Around</title><iframe sandbox="${sandbox}" src="${page.url()}"></iframe>
    <style>body{margin:0}iframe{border:0;display:block;width:100%;height:100vh}</style>`;
  await page.route(outer, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
  const inside = page.url();
  await page.goto(outer);
  const scope = await until(() => page.frames().find((frame) => frame !== page.mainFrame() && frame.url() === inside), 'the frame of the host');
  await scope.waitForFunction(() => window.Gesher);
  return { page, scope };
}

/**
 * A host page that opens this connection and writes down what it hears. `host` says how the page is: `headers`, `sandbox`; and
 * whether the widget stands `inline`, in the page's own element.
 */
export async function openConnection(browser, gesher, connection, language, options = {}, host = {}) {
  const { page, scope } = host.sandbox
    ? await openSandboxedHost(browser, gesher, host.sandbox)
    : await openHost(browser, gesher, host).then((only) => ({ page: only, scope: only }));
  await scope.evaluate(([token, inline, more]) => {
    const place = inline ? { mode: 'inline', container: document.querySelector('main') } : {};
    window.heard = [];
    const note = (kind) => (payload) => window.heard.push([kind, payload]);
    window.handle = Gesher.open({ token, onEvent: note('event'), onSuccess: note('success'), onExit: note('exit'), ...place, ...more });
  }, [connection.connect_token, Boolean(host.inline), options]);
  const frame = await frameOf(page, gesher);
  const heard = (kind) => scope.evaluate((wanted) => window.heard.filter(([each]) => each === wanted).map(([, payload]) => payload), kind);
  return {
    page,
    frame,
    widget: widget(frame, language),
    heard,
    types: async () => (await heard('event')).map((message) => message.type),
    /** The first success or exit that the page heard. */
    told: (kind) => until(async () => (await heard(kind))[0], `the page hears ${kind}`, 20_000),
  };
}

/** From a new connection to the success screen and the exchange; gives the connection's id and what the page was told. */
export async function link(browser, gesher, { language = 'en', bank, psu, ...asked } = {}) {
  const connection = await gesher.connect({ language, ...asked });
  const opened = await openConnection(browser, gesher, connection, language);
  await opened.widget.choose(bank);
  await opened.widget.logIn({ psu });
  await opened.widget.confirm();
  const success = await opened.told('success');
  const exchanged = await gesher.exchange(success.public_token, connection.customer);
  return { ...opened, connection, success, exchanged };
}
