// Every screen as axe-core sees it, in English.
import { axeIn } from './axe.mjs';

axeIn('en');
