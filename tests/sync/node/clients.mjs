// Clients of y-websocket, driven line by line: one JSON command a line on standard input, each
// answered by `{"done": id}` once it is carried out; whatever else happens is told as it does.
import * as readline from 'node:readline'
import WebSocket from 'ws'

// Each provider listens for the end of the process.
process.setMaxListeners(0)

// Time that passes when it is told to. The libraries take the clock as they are loaded.
let passed = 0
const now = Date.now
Date.now = () => now() + passed
const intervals = new Map()
const realInterval = globalThis.setInterval
const realClear = globalThis.clearInterval
globalThis.setInterval = (callback, milliseconds, ...more) => {
  const timer = realInterval(callback, milliseconds, ...more)
  intervals.set(timer, callback)
  return timer
}
globalThis.clearInterval = timer => {
  intervals.delete(timer)
  realClear(timer)
}

const Y = await import('yjs')
const { WebsocketProvider } = await import('y-websocket')

const say = message => process.stdout.write(JSON.stringify(message) + '\n')
const clients = new Map()

class Client {
  constructor ({ client, url, room, params, broadcast }) {
    this.name = client
    this.doc = new Y.Doc()
    this.text = this.doc.getText('code')
    this.record = this.doc.getMap('session')
    this.provider = new WebsocketProvider(url, room, this.doc, {
      WebSocketPolyfill: WebSocket, disableBc: !broadcast, maxBackoffTime: 100, params
    })
    const tell = fields => say({ client, ...fields })
    tell({ id: this.doc.clientID })
    this.doc.on('update', () => tell({ text: this.text.toString(), record: this.record.toJSON() }))
    this.provider.on('sync', synced => tell({ synced }))
    this.provider.on('status', ({ status }) => tell({ status }))
    this.provider.on('closed', closed => tell({ closed }))
    this.provider.awareness.on('change', () =>
      tell({ awareness: Object.fromEntries(this.provider.awareness.getStates()) }))
  }

  // Resolves once the server has read all that was sent and its answers are here: it writes what
  // it tells everybody after the pong of what it heard, so the second pong follows that.
  async settle () {
    for (let pings = 0; pings < 2; pings++) {
      const socket = this.provider.ws
      if (socket === null || socket.readyState !== WebSocket.OPEN) return
      await new Promise(resolve => {
        const over = () => {
          socket.off('pong', over)
          socket.off('close', over)
          resolve()
        }
        socket.on('pong', over)
        socket.on('close', over)
        socket.ping()
      })
    }
  }
}

const commands = {
  open (client, command) { void clients.set(command.client, new Client(command)) },
  close (client) {
    client.provider.destroy()
    client.provider.awareness.destroy()
    client.doc.destroy()
    clients.delete(client.name)
  },
  connect (client) { client.provider.connect() },
  disconnect (client) { client.provider.disconnect() },
  // As when the network is gone: no closing handshake.
  lose (client) {
    client.provider.shouldConnect = false
    client.provider.ws?.terminate()
  },
  // Offsets are of the text that was told last; they mean nothing in another one.
  insert (client, { of, at, text }) {
    if (client.text.toString() !== of) return { stale: true }
    client.text.insert(at, text)
  },
  delete (client, { of, at, length }) {
    if (client.text.toString() !== of) return { stale: true }
    client.text.delete(at, length)
  },
  set (client, { key, value }) { client.record.set(key, value) },
  show (client, { fields }) { client.provider.awareness.setLocalState(fields) },
  settle (client) { return client.settle() },
  // So many milliseconds go by: what is due at intervals happens, and the server answers.
  async pass (client, { milliseconds }) {
    for (const until = passed + milliseconds; passed < until;) {
      passed += 1000
      for (const callback of [...intervals.values()]) callback()
      for (const one of clients.values()) await one.settle()
    }
  }
}

const obey = async command => {
  const answer = await commands[command.do](clients.get(command.client), command)
  say({ done: command.id, stale: false, ...answer })
}

// Clients do not wait for each other; who drives one waits for it.
for await (const line of readline.createInterface({ input: process.stdin })) obey(JSON.parse(line))
process.exit(0)
