// The same legs from the hosted page, where no script runs.
import { hostedLegs } from './leg-hosted.mjs';

hostedLegs({ scripts: false });
