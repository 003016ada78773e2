/** The moments in which a page cannot know whether its connection outlived what happened. */

/** Calls back when the page was asleep, hidden or offline and is not any more. */
export type WakeSource = (woken: () => void) => () => void

const OF_WINDOW = ['online', 'offline', 'pageshow', 'focus'] as const
const OF_DOCUMENT = ['resume', 'visibilitychange'] as const

/** The browser's own signs. A lid that closes gives none of them on some systems; whoever counts
 * time notices that a timer came late. */
export const browserWakes: WakeSource = (woken) => {
  const seen = () => {
    if (document.visibilityState === 'visible') woken()
  }
  for (const type of OF_WINDOW) window.addEventListener(type, seen)
  for (const type of OF_DOCUMENT) document.addEventListener(type, seen)
  return () => {
    for (const type of OF_WINDOW) window.removeEventListener(type, seen)
    for (const type of OF_DOCUMENT) document.removeEventListener(type, seen)
  }
}
