import { useEffect, useState } from 'react'
import type { Room } from '../../room/room.ts'
import { Button } from '../parts/Button.tsx'
import { Play, Stop } from '../parts/icons.tsx'
import { keysFor, type ShortcutId } from '../shortcuts.ts'
import { useStore } from '../use-store.ts'
import css from './bar.module.css'

/** Within this a click was meant for what stood on the button before. */
const MISTAKEN_MS = 500

interface Props {
  room: Room
  act: (id: ShortcutId) => void
}

/**
 * Runs the program, or stops the one that runs. It stays the same button, which keeps the keyboard,
 * and the second click of a double click does not stop what the first one started.
 */
export function RunButton({ room, act }: Props) {
  const running = useStore(room.runs.running)
  const isStarting = useStore(room.runs.isStarting)
  const mayRun = useStore(room.mayRun)
  const mayStop = useStore(room.mayStop)
  const isReadOnly = useStore(room.isReadOnly)
  const deed = running !== null && mayStop ? 'stop' : 'run'
  const isNew = useIsNew(deed)
  if (deed === 'run' && !mayRun) {
    return isReadOnly && <span className={css.readOnly}>Read-only</span>
  }
  const isOff = isNew || (deed === 'run' && isStarting)
  return (
    <Button
      look={deed === 'run' ? 'primary' : 'plain'}
      className={css.run}
      aria-disabled={isOff}
      onClick={() => !isOff && act(deed)}
      title={keysFor(deed).join(' ')}
    >
      {deed === 'run' ? <Play /> : <Stop />} {deed === 'run' ? 'Run' : 'Stop'}
    </Button>
  )
}

/** Whether a value became another one just now. */
function useIsNew(value: string): boolean {
  const [known, setKnown] = useState({ value, isNew: false })
  if (known.value !== value) setKnown({ value, isNew: true })
  useEffect(() => {
    if (!known.isNew) return
    const timer = setTimeout(() => setKnown({ value: known.value, isNew: false }), MISTAKEN_MS)
    return () => clearTimeout(timer)
  }, [known])
  return known.isNew
}
