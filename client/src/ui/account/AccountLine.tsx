import { useEffect } from 'react'
import { account, loadSignIn, signIn, signInAddress } from '../../room/account.ts'
import { Server } from '../../room/server.ts'
import { Button } from '../parts/Button.tsx'
import { useStore } from '../use-store.ts'
import css from './account.module.css'

const server = new Server()

/** Who one is signed in as, and the way out; or the way in. Nothing where nobody signs in. */
export function AccountLine() {
  const who = useStore(account)
  const ways = useStore(signIn)

  useEffect(() => {
    // Without it nothing is offered here.
    loadSignIn(server).catch(() => {})
  }, [])

  if (who.kind === 'signed in') {
    return (
      <p className={css.line}>
        <span>
          Signed in as <strong>{who.name}</strong>
          {who.email !== null && ` (${who.email})`}
        </span>
        <Button onClick={() => void signOut()}>Sign out</Button>
      </p>
    )
  }
  if (who.kind !== 'guest' || ways === null || ways.providers.length === 0) return null
  return (
    <p className={css.line}>
      <span>You are a guest here.</span>
      {ways.providers.map(({ name, url }) => (
        <a key={url} href={signInAddress({ url }, location.pathname + location.search)}>
          Sign in with {name}
        </a>
      ))}
    </p>
  )
}

/** The page comes anew, as whoever one is then. */
async function signOut(): Promise<void> {
  await server.signOut().catch(() => {})
  location.reload()
}
