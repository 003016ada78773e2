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

/** Shows the task or hides it, where there is one or one may write one. */
export function TaskButton({ room, isShown, show }: Props) {
  const task = useStore(room.task.now)
  const mayWrite = useStore(room.task.mayWrite)
  if (!isThere(task) && !mayWrite) return null
  return (
    <Button
      look="quiet"
      className={css.task}
      aria-expanded={isShown}
      onClick={() => show(!isShown)}
    >
      Task
    </Button>
  )
}
