import { useEffect } from 'react'

/** Has the browser ask whoever leaves the page, where something would be lost by that. */
export function useAskBeforeLeaving(wouldLose: () => boolean): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (wouldLose()) event.preventDefault()
    }
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [wouldLose])
}
