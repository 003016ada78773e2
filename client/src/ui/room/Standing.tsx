import { useEffect, useState } from 'react'
import type { AccessEvent } from '../../generated/protocol.ts'
import type { Link, Room } from '../../room/room.ts'
import { refusalWords } from '../../room/words.ts'
import { Button } from '../parts/Button.tsx'
import { useStore } from '../use-store.ts'
import css from './bar.module.css'
import { copyAndTell } from './share.ts'

/** What takes no longer is not told: it would only flicker. */
const PATIENCE_MS = 700

/** How it stands with the server, in words. */
export function Standing({ room }: { room: Room }) {
  const link = useStore(room.link)
  const isReadOnly = useStore(room.isReadOnly)
  const now = wordsOf(link, isReadOnly, useStore(room.isWaiting), useStore(room.access))
  const [shown, setShown] = useState(now)
  useEffect(() => {
    const timer = setTimeout(() => setShown(now), now.isCalm ? 0 : PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [now.text, now.isCalm, now])
  // That all is well is not said any longer than it is; the place stays as wide as it was.
  const isOver = shown.isCalm && !now.isCalm
  const look = isOver ? css.over : shown.isCalm ? css.calm : css.uneasy
  const isRefused = link.state.kind === 'connected' && link.saving === 'kept'
  return (
    <>
      <span className={look} role="status">
        {shown.text}
      </span>
      {isRefused && (
        <Button onClick={() => void copyAndTell(room, 'Code', room.text.toString())}>
          Copy your code
        </Button>
      )}
    </>
  )
}

function wordsOf(
  { state, saving }: Link,
  isReadOnly: boolean,
  isWaiting: boolean,
  access: AccessEvent | null,
) {
  if (isWaiting && state.kind !== 'ended') {
    return { text: 'Waiting for a host to let you in', isCalm: true }
  }
  if (state.kind === 'connecting' || state.kind === 'reconnecting') {
    const why = state.refused === null ? null : refusalWords(state.refused.code)
    const trying = state.kind === 'connecting' ? 'Connecting…' : 'Reconnecting…'
    const kept = saving === 'saved' ? '' : ' · your typing is kept here'
    return { text: `${why === null ? trying : `${why} · trying again`}${kept}`, isCalm: false }
  }
  if (saving === 'failing')
    return { text: 'Could not save yet · keep this page open', isCalm: false }
  if (saving === 'kept') return { text: 'Not sent: you may not edit now', isCalm: false }
  if (saving !== 'saved') return { text: 'Saving…', isCalm: false }
  if (access?.endedAt) return { text: 'This room has ended', isCalm: true }
  if (isReadOnly && access?.editingLocked && access.role === 'editor') {
    return { text: 'Editing is locked', isCalm: true }
  }
  return { text: isReadOnly ? 'Connected' : 'Saved', isCalm: true }
}
