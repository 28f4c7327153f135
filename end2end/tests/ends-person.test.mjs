// What the person ends, or the time, in a host's page.
import { PERSON_ENDS } from '../lib/ends.mjs';
import { stage } from '../lib/stage.mjs';
import { testEnds } from './ends.mjs';

testEnds(stage({ gesher: { clock: true } }), PERSON_ENDS);
