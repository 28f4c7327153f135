// Ends on the hosted page in a browser that runs scripts and refuses WebAssembly: one of each kind.
import { ENDS } from '../lib/ends.mjs';
import { stage } from '../lib/stage.mjs';
import { testEnds } from './ends.mjs';

const NAMES = ['login-wrong', 'login-locked', 'code-expired', 'cancelled', 'refused', 'refused-at-bank', 'bank-down', 'expired'];
const ends = Object.fromEntries(NAMES.map((name) => [name, ENDS[name]]));
const prepare = (page) => page.addInitScript(() => { delete globalThis.WebAssembly; });

testEnds(stage({ gesher: { clock: true } }), ends, { door: 'page', scripts: false, prepare });
