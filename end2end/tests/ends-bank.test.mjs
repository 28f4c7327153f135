// Banks that are down or answer nonsense, in a host's page.
import { BANK_ENDS } from '../lib/ends.mjs';
import { stage } from '../lib/stage.mjs';
import { testEnds } from './ends.mjs';

testEnds(stage(), BANK_ENDS);
