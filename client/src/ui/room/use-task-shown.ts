import { useEffect, useState } from 'react'
import type { Room } from '../../room/room.ts'
import { isThere } from '../../room/task.ts'
import { useStore } from '../use-store.ts'

/** Whether the task is shown: from when there is one, where it stands beside the code. */
export function useTaskShown(room: Room): [boolean, (isShown: boolean) => void] {
  const isThereNow = isThere(useStore(room.task.now))
  const [isShown, show] = useState(false)
  useEffect(() => {
    show((isShown) => isThereNow && (isShown || isBesideCode()))
  }, [isThereNow])
  return [isShown, show]
}

/** Whether there is room for it beside the code; else it lies above code and output. */
export function isBesideCode(): boolean {
  return matchMedia('(min-width: 760px)').matches
}
