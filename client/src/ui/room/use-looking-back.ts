import { useCallback, useEffect, useState } from 'react'

interface Step {
  isLookingBack?: boolean
}

/** Whether one looks back. The browser's own way back leads from there to the room, not out of it. */
export function useLookingBack(): [boolean, (isLookingBack: boolean) => void] {
  const [isLookingBack, set] = useState(isMarked)

  useEffect(() => {
    const go = () => set(isMarked())
    window.addEventListener('popstate', go)
    return () => window.removeEventListener('popstate', go)
  }, [])

  const lookBack = useCallback((wanted: boolean) => {
    if (wanted === isMarked()) return
    if (wanted) {
      history.pushState({ isLookingBack: true } satisfies Step, '')
      set(true)
    } else {
      history.back()
    }
  }, [])
  return [isLookingBack, lookBack]
}

function isMarked(): boolean {
  return (history.state as Step | null)?.isLookingBack === true
}
