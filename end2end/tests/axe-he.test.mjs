// Every screen as axe-core sees it, in Hebrew.
import { axeIn } from './axe.mjs';

axeIn('he');
