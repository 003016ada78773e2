import { useEffect, useState } from 'react'
import { type AccessEvent, CloseCode } from '../../generated/protocol.ts'
import type { Room } from '../../room/room.ts'
import { forgetVisit } from '../../room/visited.ts'
import { endWords } from '../../room/words.ts'
import { SignInWays } from '../account/SignInWays.tsx'
import { Button } from '../parts/Button.tsx'
import css from './prompt.module.css'
import { copyAndTell } from './share.ts'

interface Props {
  room: Room
  code: number
  reason: string
}

/** The connection ended for good. What was written here can still be taken away. */
export function Ended({ room, code, reason }: Props) {
  const isGone = code === CloseCode.NO_SESSION || code === CloseCode.SESSION_GONE
  const isOut = code === CloseCode.REMOVED || code === CloseCode.NOT_ADMITTED
  const isSignedOut = code === CloseCode.NOT_SIGNED_IN
  const outside = useOutside(room, isOut)
  const [told, tell] = useState('')
  const isBanned = outside === 'banned'
  // Nobody comes in unasked any more, whether a host meant this one or not.
  const hasToAsk = code === CloseCode.NOT_ADMITTED || outside === 'stranger'
  const text = room.text.toString()
  const isUnsaved = room.link.get().saving !== 'saved'
  const isForgotten = isGone && text === ''
  useEffect(() => {
    if (isForgotten) forgetVisit(room.sessionId)
  }, [room, isForgotten])
  const why = isGone ? 'It was deleted, or its time was over.' : endWords(code, reason)
  return (
    <main className={css.page}>
      <div className={css.form}>
        <h1>{isGone ? 'There is no such room' : 'You are not connected any more'}</h1>
        <p role="status">
          {isBanned ? 'A host sent you away for good. You cannot come in again.' : why}
        </p>
        {isUnsaved && (
          <p>The last of what you wrote could not be saved. Copy it before you go on.</p>
        )}
        <div className={css.ways}>
          {isSignedOut && <SignInWays />}
          {text !== '' && (
            <Button onClick={() => void copyAndTell({ tell }, 'Code', text)}>Copy the code</Button>
          )}
          {!isGone && !isBanned && !isSignedOut && (
            <Button onClick={() => location.reload()}>
              {hasToAsk ? 'Ask to come in' : 'Come in again'}
            </Button>
          )}
          <Button look={isSignedOut ? 'plain' : 'primary'} onClick={() => location.assign('/')}>
            New room
          </Button>
        </div>
        <p aria-live="polite">{told}</p>
      </div>
    </main>
  )
}

/** What one is who was sent away or not let in: the close code does not tell it. */
function useOutside(room: Room, isOut: boolean): AccessEvent['outside'] {
  const [outside, setOutside] = useState<AccessEvent['outside']>(null)
  useEffect(() => {
    if (!isOut) return
    const { server, sessionId } = room.entrance
    server.access(sessionId).then(
      (access) => setOutside(access.outside),
      () => {}, // then what the code says has to do
    )
  }, [room, isOut])
  return outside
}
