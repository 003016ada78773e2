import { useEffect, useRef } from 'react'
import type { Room } from '../../room/room.ts'
import { isThere } from '../../room/task.ts'
import { Button } from '../parts/Button.tsx'
import { useStore } from '../use-store.ts'
import css from './bar.module.css'

interface Props {
  room: Room
  isShown: boolean
  show: (isShown: boolean) => void
}

/**
 * Shows the task or hides it, where there is one or one may write one. Whoever hides it from within
 * has the keyboard here then.
 */
export function TaskButton({ room, isShown, show }: Props) {
  const task = useStore(room.task.now)
  const mayWrite = useStore(room.task.mayWrite)
  const button = useRef<HTMLButtonElement>(null)
  const wasShown = useRef(isShown)
  useEffect(() => {
    if (wasShown.current && !isShown && document.activeElement === document.body) {
      button.current?.focus()
    }
    wasShown.current = isShown
  }, [isShown])
  if (!isThere(task) && !mayWrite) return null
  return (
    <Button
      ref={button}
      look="quiet"
      className={css.task}
      aria-expanded={isShown}
      onClick={() => show(!isShown)}
    >
      Task
    </Button>
  )
}
