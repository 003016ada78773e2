import { loadAccount } from '../room/account.ts'
import { Server } from '../room/server.ts'
import { FrontPage } from './front/FrontPage.tsx'
import { later } from './parts/later.tsx'
import { Opening } from './parts/Opening.tsx'

const RoomPage = later(() => import('./room/RoomPage.tsx'), Opening)

// Asked while the page's parts are loaded.
void loadAccount(new Server())

/** Which page the address asks for. Going elsewhere loads the page anew. */
export function App({ path }: { path: string }) {
  const session = /^\/(?:interview|session)\/([^/]+)\/?$/.exec(path)?.[1]
  if (session === undefined) return <FrontPage />
  return <RoomPage sessionId={decodeURIComponent(session)} />
}
