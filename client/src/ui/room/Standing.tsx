import { useEffect, useState } from 'react'
import type { Link, Room } from '../../room/room.ts'
import { useStore } from '../use-store.ts'
import css from './bar.module.css'

/** What takes no longer is not told: it would only flicker. */
const PATIENCE_MS = 700

/** How it stands with the server, in words. */
export function Standing({ room }: { room: Room }) {
  const now = wordsOf(useStore(room.link), useStore(room.isReadOnly), useStore(room.isWaiting))
  const [shown, setShown] = useState(now)
  useEffect(() => {
    const timer = setTimeout(() => setShown(now), now.isCalm ? 0 : PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [now.text, now.isCalm, now])
  // That all is well is not said any longer than it is; the place stays as wide as it was.
  const isOver = shown.isCalm && !now.isCalm
  const look = isOver ? css.over : shown.isCalm ? css.calm : css.uneasy
  return (
    <span className={look} role="status">
      {shown.text}
    </span>
  )
}

function wordsOf({ state, saving }: Link, isReadOnly: boolean, isWaiting: boolean) {
  if (isWaiting && state.kind !== 'ended') {
    return { text: 'Waiting for a host to let you in', isCalm: true }
  }
  if (state.kind === 'connecting') return { text: 'Connecting…', isCalm: false }
  if (state.kind === 'reconnecting') {
    const kept = saving === 'saved' ? '' : ' · your typing is kept here'
    return { text: `Reconnecting…${kept}`, isCalm: false }
  }
  if (saving === 'failing')
    return { text: 'Could not save yet · keep this page open', isCalm: false }
  if (saving === 'kept') return { text: 'Not sent: you may not edit now', isCalm: false }
  if (saving !== 'saved') return { text: 'Saving…', isCalm: false }
  return { text: isReadOnly ? 'Connected' : 'Saved', isCalm: true }
}
