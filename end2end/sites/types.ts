// A host page's code, checked against public/gesher.d.ts: what must compile, and what must not.
const handle: Gesher.Handle = Gesher.open({
  token: 'ct_one',
  onSuccess(payload, message) {
    const token: string | null = payload.public_token;
    const seq: number = message.seq;
    void [token, seq, payload.state?.length];
  },
  onExit: ({ reason }) => void (reason === 'cancelled'),
  onEvent(message) {
    if (message.type === 'error') void message.payload.failure.code;
    else if (message.type === 'progress') void (message.payload.stage === 'fetching');
    // @ts-expect-error: a step has no height
    else if (message.type === 'step') void message.payload.height;
  },
});
handle.close();
handle.destroy();
window.Gesher.open({ token: 'ct_one', mode: 'inline', container: document.body });

// @ts-expect-error: the token is missing
Gesher.open({});
// @ts-expect-error: inline needs a container
Gesher.open({ token: 'ct_one', mode: 'inline' });
// @ts-expect-error: no such mode
Gesher.open({ token: 'ct_one', mode: 'popup' });
// @ts-expect-error: no such option
Gesher.open({ token: 'ct_one', onsuccess() {} });
// @ts-expect-error: the handle says it, the page does not
handle.closed = true;
