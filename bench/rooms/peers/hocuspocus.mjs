// Hocuspocus as it comes, on a port of the loopback interface.
import { Server } from '@hocuspocus/server'

await new Server({ address: '127.0.0.1', port: Number(process.env.PORT), quiet: true }).listen()
