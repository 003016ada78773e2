/** The way to a server, which can be cut, or go silent without a word, as real ones do. */

import { once } from 'node:events'
import { createConnection, createServer, type Server as NetServer, type Socket } from 'node:net'

export class Line {
  /** How many connections came so far. */
  connections = 0
  private readonly pairs = new Set<[Socket, Socket]>()
  private isCut = false

  private constructor(
    private readonly entrance: NetServer,
    private readonly to: number,
  ) {
    entrance.on('connection', (near: Socket) => this.join(near))
  }

  static async to(port: number): Promise<Line> {
    const entrance = createServer().listen(0, '127.0.0.1')
    await once(entrance, 'listening')
    return new Line(entrance, port)
  }

  get port(): number {
    return (this.entrance.address() as { port: number }).port
  }

  /** Ends every connection, and refuses new ones until `mend()`. */
  cut(): void {
    this.isCut = true
    this.drop()
  }

  mend(): void {
    this.isCut = false
  }

  /** Ends every connection there is. */
  drop(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.resetAndDestroy()
    this.pairs.clear()
  }

  /** Nothing passes any more over the connections that there are, and nobody is told. */
  freeze(): void {
    for (const [near, far] of this.pairs) {
      near.unpipe(far)
      far.unpipe(near)
      near.pause()
      far.pause()
    }
  }

  close(): void {
    this.cut()
    this.entrance.close()
  }

  private join(near: Socket): void {
    this.connections += 1
    if (this.isCut) {
      near.resetAndDestroy()
      return
    }
    const far = createConnection(this.to, '127.0.0.1')
    const pair: [Socket, Socket] = [near, far]
    this.pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => other.destroy())
      one.on('close', () => {
        other.destroy()
        this.pairs.delete(pair)
      })
    }
  }
}
