import type { ScenarioName } from '../options.js';
import type { Scenario } from '../stage.js';
import { expiry } from './expiry.js';
import { list } from './list.js';
import { onSale } from './on-sale.js';
import { overload } from './overload.js';
import { purchase } from './purchase.js';
import { steady } from './steady.js';

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  steady,
  purchase,
  'on-sale': onSale,
  list,
  expiry,
  overload,
};
