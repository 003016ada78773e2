/** The way of sockets to a server, by which a message may come to harm. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import WebSocket, { WebSocketServer } from 'ws'

export class Relay {
  /** How many messages of the server from now on lose their ends. */
  harmed = 0

  private constructor(
    private readonly entrance: WebSocketServer,
    to: number,
  ) {
    entrance.on('connection', (near, { url }) => {
      const far = new WebSocket(`ws://127.0.0.1:${to}${url}`, near.protocol)
      const early: Uint8Array[] = []
      near.on('message', (data: Uint8Array) => {
        if (far.readyState === far.OPEN) far.send(data)
        else early.push(data)
      })
      far.on('open', () => early.forEach((data) => void far.send(data)))
      far.on('message', (data: Uint8Array) => near.send(this.passed(data)))
      near.on('close', () => far.close())
      far.on('close', () => near.close())
    })
  }

  static async to(port: number): Promise<Relay> {
    const entrance = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(entrance, 'listening')
    return new Relay(entrance, port)
  }

  get port(): number {
    return (this.entrance.address() as AddressInfo).port
  }

  close(): void {
    for (const near of this.entrance.clients) near.terminate()
    this.entrance.close()
  }

  private passed(data: Uint8Array): Uint8Array {
    if (this.harmed === 0) return data
    this.harmed -= 1
    return data.subarray(0, -1)
  }
}
