import { Refusal } from '../http/refusal.js';
import { garbled } from './broken-answers.js';

/** A refusal whose body is not the one the contract promises. */
export class GarbledRefusal extends Refusal {
  constructor(
    private readonly original: Refusal,
    private readonly count: number,
  ) {
    super(original.status, original.code, original.detail);
  }

  override get body(): unknown {
    return garbled(this.original.body, this.count);
  }
}
