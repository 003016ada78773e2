import { useEffect, useRef, useState } from 'react'
import type { Notice } from '../../room/notices.ts'
import type { Room } from '../../room/room.ts'
import { useStore } from '../use-store.ts'
import css from './room.module.css'

const SHOWN_MS = 4_000
const PROBLEM_SHOWN_MS = 9_000
const MOST = 4

/** What happens, said once to those who listen and shown for a moment to those who look. */
export function Notices({ room }: { room: Room }) {
  const notices = useStore(room.notices)
  const [shown, setShown] = useState<readonly Notice[]>([])
  const last = useRef(0)

  useEffect(() => {
    const fresh = notices.filter(({ number }) => number > last.current)
    last.current = notices.at(-1)?.number ?? 0
    setShown((before) => [...before, ...fresh].slice(-MOST))
    for (const notice of fresh) {
      // Each goes in its own time, whatever comes after it.
      setTimeout(
        () => setShown((before) => before.filter((each) => each !== notice)),
        notice.isProblem ? PROBLEM_SHOWN_MS : SHOWN_MS,
      )
    }
  }, [notices])

  return (
    <div className={css.notices} role="log" aria-live="polite" aria-label="What happens here">
      {shown.map((each) => (
        <p key={each.number} className={lookOf(each)}>
          {each.text}
        </p>
      ))}
    </div>
  )
}

function lookOf({ isProblem, isUnseen }: Notice): string | undefined {
  if (isUnseen) return 'unseen'
  return isProblem ? css.problem : css.notice
}
