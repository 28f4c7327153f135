// Gesher's host SDK: puts the connect widget into a page, as a modal or inside an element of the page.
//
// The widget is a page of the Gesher server that this script came from; it runs in a frame of its own, on its own
// origin, and this page never sees what is typed there. What the frame says arrives as messages; only those that
// come from that frame's window, from that origin, in the promised shape and in order are passed on.
// Nothing here needs inline styles or scripts, so a host's Content-Security-Policy can stay strict:
// script-src and frame-src need this server's origin; connect-src only for telling why a frame stayed silent. Types: gesher.d.ts beside this file.
(() => {
  'use strict';
  if (window.Gesher && typeof window.Gesher.open === 'function') return;

  const VERSION = '0.1.0';
  const READY_WITHIN = 8000;
  const CHECK_WITHIN = 4000;
  const EXIT_WITHIN = 3000;
  // Windows for the banks' pages; and, by the person's press alone, such a page in the place of this one.
  const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation';
  const TEXTS = {
    en: {
      title: 'Connect your bank account', close: 'Close',
      slow: 'The window did not open. You can close it and try again.',
      refused: 'This site is not set up to open the window here. You can close it; only the site’s owner can fix this.',
    },
    he: {
      title: 'חיבור חשבון הבנק', close: 'סגירה',
      slow: 'החלון לא נפתח. אפשר לסגור ולנסות שוב.',
      refused: 'האתר עוד לא הוגדר כך שהחלון ייפתח בו. אפשר לסגור; רק בעלי האתר יכולים לתקן את זה.',
    },
  };
  const STYLE = `
    dialog { position: fixed; inset: 0; margin: auto; box-sizing: border-box; width: 100%; height: 100%; height: 100dvh;
      max-width: none; max-height: none; border: 0; overflow: hidden; color-scheme: light dark; background: Canvas; color: CanvasText;
      padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); }
    dialog:not([open]) { display: none; }
    dialog::backdrop { background: rgb(15 23 42 / .5); }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    div { position: absolute; inset-block-start: 0; inset-inline: 0; padding: 16px; background: Canvas; font: 16px/1.5 system-ui, sans-serif; }
    button { display: block; min-height: 44px; margin-block-start: 8px; padding-inline: 24px; font: inherit; }
    @media (min-width: 480px) {
      dialog { width: 360px; height: min(640px, 100dvh - 32px); padding: 0; border-radius: 16px; box-shadow: 0 16px 48px rgb(0 0 0 / .3); }
    }
    @media (prefers-color-scheme: dark) { dialog::backdrop { background: rgb(0 0 0 / .7); } }
    @media (prefers-reduced-motion: no-preference) {
      dialog[open] { animation: in .15s ease-out; }
      @keyframes in { from { opacity: 0; translate: 0 8px; } }
    }`;

  // A page can hide document.currentScript behind an element with that name, and would then choose the widget's origin.
  const script = Object.getOwnPropertyDescriptor(Document.prototype, 'currentScript').get.call(document);
  const origin = script && script.src ? new URL(script.src).origin : null;

  const opened = new Map(); // handle's state by token
  const modals = new Set(); // states of the modals that hold the page's scroll lock
  let unlock = null;
  let focused = null; // what had the page's focus last

  document.addEventListener('focusin', (event) => { focused = event.target; }, true);
  // A button that the page disabled while it asked for the token has lost the focus, and is where it belongs all the same.
  const focusHolder = () =>
    document.activeElement === document.body && focused && focused.matches(':disabled') ? focused : document.activeElement;

  // A mistake in the page's own callback belongs to the page's error handlers and must not stop ours.
  const call = (callback, ...values) => {
    try {
      if (callback) callback(...values);
    } catch (error) {
      reportError(error);
    }
  };

  const lockScroll = () => {
    const style = document.documentElement.style;
    const gutter = window.innerWidth > document.documentElement.clientWidth ? 'stable' : 'auto';
    const wanted = { 'overflow-x': 'hidden', 'overflow-y': 'hidden', 'scrollbar-gutter': gutter };
    const before = Object.keys(wanted).map((name) => [name, style.getPropertyValue(name), style.getPropertyPriority(name)]);
    for (const name in wanted) style.setProperty(name, wanted[name], 'important');
    return () => before.forEach(([name, value, priority]) => (value ? style.setProperty(name, value, priority) : style.removeProperty(name)));
  };

  const check = (options) => {
    const refuse = (name, must) => { throw new TypeError(`Gesher.open: ${name} ${must}`); };
    if (!options || typeof options !== 'object') refuse('options', 'must be an object');
    const { token, mode = 'modal', container, ...callbacks } = options;
    if (typeof token !== 'string' || !/^ct_\w+$/.test(token)) refuse('token', 'must be a connect token (ct_…)');
    if (mode !== 'modal' && mode !== 'inline') refuse('mode', "must be 'modal' or 'inline'");
    if (mode === 'inline' && !(container instanceof Element && container.isConnected)) refuse('container', 'must be an element of the page');
    for (const name in callbacks) {
      if (!['onSuccess', 'onExit', 'onEvent'].includes(name)) refuse(name, 'is not an option');
      if (callbacks[name] !== undefined && typeof callbacks[name] !== 'function') refuse(name, 'must be a function');
    }
    return { token, modal: mode === 'modal', container, ...callbacks };
  };

  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const isMessage = (data) =>
    isObject(data) && data.source === 'gesher' && data.version === 1 && Number.isSafeInteger(data.seq) && data.seq > 0 && isObject(data.payload) &&
    ['id', 'session', 'type', 'ts'].every((key) => typeof data[key] === 'string' && data[key]);
  const isPayload = (type, payload) =>
    type === 'success' ? typeof payload.connection_id === 'string' && payload.connection_id !== '' && (payload.public_token === null || (typeof payload.public_token === 'string' && payload.public_token !== ''))
    : type === 'exit' ? typeof payload.reason === 'string'
    : type === 'resize' ? Number.isFinite(payload.height) && payload.height >= 0
    : true;

  // A browser does not tell a page that a frame was refused. The server does, of this page's own origin; whoever cannot
  // ask it (offline, or a policy without connect-src) does not know.
  const isRefused = async (token) => {
    try {
      const signal = AbortSignal.timeout(CHECK_WITHIN);
      const answer = await fetch(`${origin}/embed-check`, { headers: { 'x-gesher-token': token }, credentials: 'omit', cache: 'no-store', signal });
      return answer.ok && (await answer.json()).allowed === false;
    } catch {
      return false;
    }
  };

  const open = (options) => {
    const { token, modal, container, onSuccess, onExit, onEvent } = check(options);
    if (!origin) throw new Error('Gesher: load gesher.js by a script element with a src, from your Gesher server');
    const same = opened.get(token);
    if (same && same.root.isConnected) return same.handle;
    if (same) same.remove();

    const language = /^(he|iw)\b/i.test(document.documentElement.lang) ? 'he' : 'en';
    const text = TEXTS[language];
    const tokens = new Set(); // public tokens (or, without one, connections) that the page was told
    const starts = new Set(); // ids of the `ready` messages that began a page in the frame
    let session = null;
    let seq = 0;
    let exited = false;
    let removed = false;
    let destroyed = false;
    let notice = null;

    const frame = document.createElement('iframe');
    frame.title = text.title;
    frame.setAttribute('sandbox', SANDBOX);
    frame.setAttribute('referrerpolicy', 'strict-origin');
    frame.src = `${origin}/w/${token}`;

    let root = frame;
    let dialog = null;

    const say = (callback, ...values) => destroyed || call(callback, ...values);
    const tell = (message) => {
      say(onEvent, message);
      const told = message.payload.public_token ?? message.payload.connection_id;
      if (message.type === 'success' && !tokens.has(told)) {
        tokens.add(told);
        say(onSuccess, message.payload, message);
      }
      if (message.type === 'exit' && !exited) {
        exited = true;
        say(onExit, message.payload, message);
        // The page may have enabled its button only now.
        if (dialog && removed && !modals.size && document.activeElement === document.body) giveBack();
      }
    };
    const local = (type, payload) =>
      tell({ source: 'gesher', version: 1, id: `local-${type}`, seq: 0, session: session || '', ts: new Date().toISOString(), type, payload });

    const hear = ({ data, origin: from, source }) => {
      if (from !== origin || source !== frame.contentWindow || !isMessage(data) || !isPayload(data.type, data.payload)) return;
      if (session !== null && data.session !== session) return;
      // A page that was loaded anew in the frame counts from 1 again.
      const starting = data.type === 'ready' && (data.seq === 1 || !seq) && !starts.has(data.id);
      if (!starting && (!seq || data.seq <= seq)) return;
      if (starting) starts.add(data.id);
      session = data.session;
      seq = data.seq;
      clearTimeout(timer);
      if (notice) notice = notice.remove();
      if (data.type === 'resize' && !modal) frame.style.setProperty('height', `${Math.ceil(Math.min(data.payload.height, 10000))}px`);
      // Before the callbacks, so that they find the page as it was.
      if (data.type === 'exit' && (modal || handle.closed)) remove();
      tell(data);
    };

    const giveBack = () => state.back && state.back.isConnected && state.back.focus({ preventScroll: true });
    // The page gets its scrolling and its focus back; what was ours in it may stay until the frame has said goodbye.
    const release = () => {
      handle.closed = true;
      if (opened.get(token) === state) opened.delete(token);
      clearTimeout(timer);
      if (!dialog || !modals.delete(state)) return;
      if (!modals.size) unlock = unlock();
      const had = [root, document.body, null].includes(document.activeElement);
      dialog.close();
      for (const other of modals) if (other.back === root) other.back = state.back;
      const top = [...modals].pop();
      if (top) top.frame.focus();
      else if (had) giveBack();
    };
    const remove = () => {
      if (removed) return;
      removed = true;
      window.removeEventListener('message', hear);
      if (watcher) watcher.disconnect();
      release();
      root.remove();
    };
    const ask = () => {
      if (!session) return handle.close();
      frame.contentWindow.postMessage({ source: 'gesher-host', version: 1, type: 'close' }, origin);
    };
    const leave = () => {
      if (removed) return;
      remove();
      // The frame is gone without a word: the page hears it from here.
      if (!exited) local('exit', { reason: 'cancelled', query: null });
    };

    const handle = {
      closed: false,
      close() {
        if (handle.closed) return;
        if (!session || exited || !root.isConnected) return leave();
        ask();
        release();
        if (!dialog) frame.style.setProperty('display', 'none');
        setTimeout(leave, EXIT_WITHIN);
      },
      destroy() {
        destroyed = true;
        remove();
      },
    };
    const state = { handle, remove, root, frame, back: focusHolder() };

    const timer = setTimeout(async () => {
      if (dialog) {
        notice = document.createElement('div');
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = text.close;
        button.addEventListener('click', handle.close);
        notice.setAttribute('role', 'alert');
        notice.append(text.slow, button);
        dialog.append(notice);
        button.focus();
      }
      const refused = await isRefused(token);
      // It opened after all, or was taken away.
      if (session || removed) return;
      if (refused && notice) notice.firstChild.data = text.refused;
      const failure = refused
        ? { code: 'frame_refused', blame: 'host', retryable: false, next_action: 'ask_host' }
        : { code: 'load_failed', blame: 'gesher', retryable: true, next_action: 'try_again' };
      local('error', { failure, support_code: '' });
    }, READY_WITHIN);
    let watcher = null;

    window.addEventListener('message', hear);
    opened.set(token, state);
    try {
      if (modal) {
        root = state.root = document.createElement('div');
        dialog = document.createElement('dialog');
        dialog.lang = language;
        dialog.dir = language === 'he' ? 'rtl' : 'ltr';
        dialog.setAttribute('aria-modal', 'true');
        dialog.setAttribute('aria-label', text.title);
        dialog.append(frame);
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        const shadow = root.attachShadow({ mode: 'open' });
        shadow.adoptedStyleSheets = [sheet];
        shadow.append(dialog);
        (document.body || document.documentElement).append(root);
        const refuse = (event) => { event.preventDefault(); ask(); };
        dialog.addEventListener('keydown', (event) => { if (event.key === 'Escape') refuse(event); });
        dialog.addEventListener('cancel', refuse);
        dialog.addEventListener('close', () => handle.close());
        // A page that throws its content away takes the modal with it; the lock must go too.
        watcher = new MutationObserver(() => root.isConnected || leave());
        watcher.observe(root.parentNode, { childList: true });
        watcher.observe(document.documentElement, { childList: true });
        if (!modals.size) unlock = lockScroll();
        modals.add(state);
        dialog.showModal();
        frame.focus();
        // The focus that the frame got while it was empty does not follow into its page.
        frame.addEventListener('load', () => {
          if (document.activeElement === root && modals.has(state)) frame.contentWindow.focus();
        });
      } else {
        for (const [name, value] of [['display', 'block'], ['width', '100%'], ['height', '640px'], ['border', '0']]) frame.style.setProperty(name, value);
        container.append(frame);
      }
    } catch (error) {
      remove();
      throw error;
    }
    return handle;
  };

  window.Gesher = Object.freeze({ open, version: VERSION });
})();
