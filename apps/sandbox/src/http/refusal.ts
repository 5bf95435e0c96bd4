export type RefusalMembers = Readonly<Record<string, unknown>>;

/** An answer other than success, in the siblings' format: a status, a code, a sentence and what belongs to them. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly members: RefusalMembers = {},
  ) {
    super(`${status} ${code}: ${detail}`);
    this.name = 'Refusal';
  }

  get body(): unknown {
    return { code: this.code, detail: this.detail, ...this.members };
  }
}

export function validationFailed(detail: string): Refusal {
  return new Refusal(400, 'VALIDATION_FAILED', detail);
}

export function keyReused(): Refusal {
  return new Refusal(422, 'KEY_REUSED', 'This key was first used for a different request.');
}
