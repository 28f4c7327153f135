// Ends of the login and of the code, in a host's page.
import { LOGIN_ENDS } from '../lib/ends.mjs';
import { stage } from '../lib/stage.mjs';
import { testEnds } from './ends.mjs';

testEnds(stage({ gesher: { clock: true } }), LOGIN_ENDS);
