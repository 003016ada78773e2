import { lazy, Suspense } from 'react'
import { FrontPage } from './front/FrontPage.tsx'

const RoomPage = lazy(() => import('./room/RoomPage.tsx'))

/** Which page the address asks for. Going elsewhere loads the page anew. */
export function App({ path }: { path: string }) {
  const session = /^\/(?:interview|session)\/([^/]+)\/?$/.exec(path)?.[1]
  if (session === undefined) return <FrontPage />
  return (
    <Suspense fallback={null}>
      <RoomPage sessionId={decodeURIComponent(session)} />
    </Suspense>
  )
}
