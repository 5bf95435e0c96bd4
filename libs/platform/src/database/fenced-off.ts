/**
 * A guarded write met a row that somebody else changed meanwhile. The transaction rolls back; whoever catches this
 * reads again and answers from what is there.
 */
export class FencedOff extends Error {
  constructor(what: string) {
    super(`Fenced off: ${what}.`);
    this.name = 'FencedOff';
  }
}
