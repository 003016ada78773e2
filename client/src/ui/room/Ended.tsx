import { CloseCode } from '../../generated/protocol.ts'
import type { Room } from '../../room/room.ts'
import { forgetVisit } from '../../room/visited.ts'
import { endWords } from '../../room/words.ts'
import { Button } from '../parts/Button.tsx'
import css from './prompt.module.css'
import { copyText } from './share.ts'

interface Props {
  room: Room
  code: number
  reason: string
}

/** The connection ended for good. What was written here can still be taken away. */
export function Ended({ room, code, reason }: Props) {
  const isGone = code === CloseCode.NO_SESSION || code === CloseCode.SESSION_GONE
  const text = room.text.toString()
  const isUnsaved = room.link.get().saving !== 'saved'
  if (isGone && text === '') forgetVisit(room.sessionId)
  return (
    <main className={css.page}>
      <div className={css.form}>
        <h1>{isGone ? 'There is no such room' : 'You are not connected any more'}</h1>
        <p>{isGone ? 'It was deleted, or its time was over.' : endWords(code, reason)}</p>
        {isUnsaved && (
          <p>The last of what you wrote could not be saved. Copy it before you go on.</p>
        )}
        <div className={css.ways}>
          {text !== '' && <Button onClick={() => void copyText(text)}>Copy the code</Button>}
          {!isGone && <Button onClick={() => location.reload()}>Come in again</Button>}
          <Button look="primary" onClick={() => location.assign('/')}>
            New room
          </Button>
        </div>
      </div>
    </main>
  )
}
