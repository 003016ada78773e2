import { useEffect, useState } from 'react'
import { loadSignIn, signIn, signInAddress } from '../../room/account.ts'
import { Server } from '../../room/server.ts'
import parts from '../parts/parts.module.css'
import { useStore } from '../use-store.ts'

/** Where to sign in; each way leads back to the present page. */
export function SignInWays() {
  const known = useStore(signIn)
  const [isMissing, setMissing] = useState(false)

  useEffect(() => {
    loadSignIn(new Server()).catch(() => setMissing(true))
  }, [])

  if (known === null) return isMissing ? <p role="alert">The server cannot be reached.</p> : null
  if (known.providers.length === 0) {
    return <p>Nobody can sign in here with a browser. Ask whoever runs this server.</p>
  }
  return known.providers.map(({ name, url }) => (
    <a
      key={url}
      className={`${parts.button} ${parts.primary}`}
      href={signInAddress({ url }, location.pathname + location.search)}
    >
      Sign in with {name}
    </a>
  ))
}
