// The legs at the bank from the hosted page, in a browser that runs scripts.
import { hostedLegs } from './leg-hosted.mjs';

hostedLegs({ scripts: true });
