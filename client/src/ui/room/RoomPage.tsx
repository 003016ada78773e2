import { useEffect, useState } from 'react'
import { account } from '../../room/account.ts'
import { inviteFor, ownTab, redeem } from '../../room/invite.ts'
import { seekLanguages } from '../../room/languages.ts'
import { type Me, me } from '../../room/me.ts'
import { Room } from '../../room/room.ts'
import { Server } from '../../room/server.ts'
import { whyNot } from '../../room/words.ts'
import { browserWakes } from '../../transport/wake.ts'
import { SignInPage } from '../account/SignInPage.tsx'
import { useStore } from '../use-store.ts'
import { InviteProblem } from './InviteProblem.tsx'
import { NamePrompt } from './NamePrompt.tsx'
import { Opening } from './Opening.tsx'
import { RoomView } from './RoomView.tsx'

const server = new Server()
const INVITE = '#invite='
/** The server writes into the page how long a text may be. */
const MOST_UNITS =
  Number(document.querySelector<HTMLMetaElement>('meta[name=most-units]')?.content) ||
  Number.POSITIVE_INFINITY

/** A session's page: a guest is asked for a name once, whoever is signed in has one. */
export function RoomPage({ sessionId }: { sessionId: string }) {
  const who = useStore(account)
  // Taken before anything else: somebody may have to sign in first, which leaves the page.
  const [invite] = useState(() => takeInvite(sessionId))
  // Once in, one stays in, whatever happens to the name.
  const [isIn, setIn] = useState(() => me.get().name !== '')

  useEffect(() => {
    // Without them no language is shown, and it cannot be changed.
    void seekLanguages(server)
    // Another invite for the same room, put into the address: only then is the page not new.
    const take = () => location.hash.startsWith(INVITE) && location.reload()
    window.addEventListener('hashchange', take)
    return () => window.removeEventListener('hashchange', take)
  }, [])

  if (who.kind === 'unknown') return <Opening />
  if (who.kind === 'nobody') return <SignInPage />
  const isSignedIn = who.kind === 'signed in'
  if (!isSignedIn && !isIn) return <NamePrompt enter={() => setIn(true)} />
  const own = isSignedIn ? { id: who.userId, name: who.name } : null
  return <Entrance sessionId={sessionId} invite={invite} own={own} />
}

interface EntranceProps {
  sessionId: string
  /** The secret of an invite to redeem first, or empty. */
  invite: string
  /** Who one is where that is not one's own choice. */
  own: Me | null
}

function Entrance({ sessionId, invite, own }: EntranceProps) {
  const [room, setRoom] = useState<Room | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [attempt, setAttempt] = useState(0)
  const [isWithout, setWithout] = useState(false)
  const [id, name] = [own?.id, own?.name]

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks for another one
  useEffect(() => {
    let isWanted = true
    let leave = () => {}
    const enter = (complaint: string | null) => {
      if (!isWanted) return
      const self = id === undefined || name === undefined ? me.get() : { id, name }
      const entered = new Room({
        sessionId,
        server,
        me: self,
        readOnly: new URLSearchParams(location.search).has('readonly'),
        mostUnits: MOST_UNITS,
        socketUrl: location.origin.replace(/^http/, 'ws'),
        wakes: browserWakes,
      })
      const forget = id === undefined ? me.subscribe(() => entered.rename(me.get().name)) : () => {}
      leave = () => {
        forget()
        entered.leave()
      }
      if (complaint !== null) entered.tell(complaint, true)
      setRoom(entered)
    }
    setProblem(null)
    if (invite === '' || isWithout) enter(null)
    else {
      redeem(server, sessionId, invite, name ?? me.get().name, ownTab()).then(enter, (error) => {
        if (isWanted) setProblem(whyNot(error))
      })
    }
    return () => {
      isWanted = false
      leave()
      setRoom(null)
    }
  }, [sessionId, invite, isWithout, attempt, id, name])

  if (problem !== null) {
    return (
      <InviteProblem
        problem={problem}
        again={() => setAttempt((before) => before + 1)}
        without={() => setWithout(true)}
      />
    )
  }
  return room === null ? <Opening /> : <RoomView room={room} />
}

/** The invite by whose link one came. The address then has it no more: it is copied, and shown. */
function takeInvite(sessionId: string): string {
  const secret = inviteFor(sessionId, location.hash, ownTab())
  if (location.hash.startsWith(INVITE)) {
    history.replaceState(history.state, '', location.pathname + location.search)
  }
  return secret
}
