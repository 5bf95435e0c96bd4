import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A server seen through a wire that a test can freeze, cut, slow down and mend. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private isFrozen = false;
  private isCut = false;
  private accepted = 0;
  private delayMs = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {
    server.on('connection', (client) => {
      this.join(client);
    });
  }

  static async before(targetUrl: string): Promise<TcpProxy> {
    const target = new URL(targetUrl);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TcpProxy(server, { host: target.hostname, port: Number(target.port) });
  }

  /** The address of the target, through this wire. */
  url(targetUrl: string): string {
    const url = new URL(targetUrl);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  get connectionCount(): number {
    return this.accepted;
  }

  /** Connections are accepted, but nothing passes any more: what a hung server looks like. */
  freeze(): void {
    this.isFrozen = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Every connection is closed, new ones too: what a dead server looks like. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Whatever passes arrives this much later. */
  slowDown(delayMs: number): void {
    this.delayMs = delayMs;
  }

  mend(): void {
    this.delayMs = 0;
    this.isFrozen = false;
    this.isCut = false;
    for (const socket of this.sockets) socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    this.accepted += 1;
    if (this.isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(this.target);
    this.forward(client, upstream);
    this.forward(upstream, client);
    if (this.isFrozen) client.pause();
  }

  private forward(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on('data', (chunk) => {
      if (this.delayMs === 0) to.write(chunk);
      else setTimeout(() => to.write(chunk), this.delayMs);
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}
