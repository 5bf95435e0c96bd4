import type { Socket } from 'node:net';
import type { PendingWork } from '../pending-work.js';

/** Connections whose caller waits for an answer that never comes. */
export class LostAnswers {
  private readonly waiting = new Set<Socket>();

  constructor(private readonly pending: PendingWork) {}

  /** Leaves the caller waiting for `ms`, then hangs up. */
  stall(socket: Socket, ms: number): void {
    this.waiting.add(socket);
    socket.once('close', () => this.waiting.delete(socket));
    this.pending.after(ms, () => socket.destroy());
  }

  /** Cuts the connection with a TCP reset. */
  reset(socket: Socket): void {
    socket.resetAndDestroy();
  }

  /** Hangs up on everybody who still waits, so that nothing holds the server open. */
  hangUpAll(): void {
    for (const socket of this.waiting) socket.destroy();
    this.waiting.clear();
  }
}
