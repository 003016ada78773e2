// Hocuspocus as it comes, on a port of the loopback interface.
import { Server } from '@hocuspocus/server'

await new Server({
  address: '127.0.0.1',
  port: Number(process.env.PORT),
  quiet: true,
  // It sends away who says nothing for a minute, pings or not, and forgets a room that is empty.
  timeout: 3_600_000,
}).listen()
