import { type ComponentType, useEffect, useState } from 'react'
import { Button } from './Button.tsx'
import css from './parts.module.css'

/**
 * A part that is loaded when it is first shown; until then there is nothing. Where it cannot be had,
 * it says so in its own place, the rest of the page stays, and it is asked for again the next time.
 */
export function later<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
): ComponentType<P> {
  let loaded: ComponentType<P> | null = null

  // biome-ignore lint/correctness/noComponentHookFactories: called at module level alone
  return function Later(props: P) {
    const [Part, setPart] = useState(() => loaded)
    const [isMissing, setMissing] = useState(false)

    useEffect(() => {
      if (Part !== null || isMissing) return
      let isWanted = true
      load().then(
        (module) => {
          loaded = module.default
          if (isWanted) setPart(() => module.default)
        },
        () => {
          if (isWanted) setMissing(true)
        },
      )
      return () => {
        isWanted = false
      }
    }, [Part, isMissing])

    if (Part !== null) return <Part {...props} />
    if (!isMissing) return null
    return (
      <div className={css.missing} role="alert">
        <p>This part of the page could not be loaded. Is there a connection?</p>
        <Button onClick={() => setMissing(false)}>Try again</Button>
        {'close' in props && (
          <Button look="quiet" onClick={props.close as () => void}>
            Close
          </Button>
        )}
      </div>
    )
  }
}
