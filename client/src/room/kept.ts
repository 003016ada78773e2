/** What a browser keeps for a person, where it may. All its tabs have the same. */

import { Store } from './store.ts'

type Reader<T> = (found: unknown) => T

interface Browser {
  /** Where it is kept; null where a page may keep nothing. */
  storage: Pick<Storage, 'getItem' | 'setItem'> | null
  /** Tells what another tab has kept, and that this one was shown again after it stood still. */
  events: EventTarget | null
}

/** A store whose value outlives the page. `read` makes a value of whatever is found, or nothing. */
export function keptStore<T>(key: string, read: Reader<T>, browser = thisBrowser()): Store<T> {
  const { storage, events } = browser
  const store = new Store(read(found(storage, key)))
  let isAdopting = false
  store.subscribe(() => {
    if (isAdopting) return
    try {
      storage?.setItem(key, JSON.stringify(store.get()))
    } catch {
      // It is full, or forbidden: then it holds as long as the page.
    }
  })
  const adopt = () => {
    isAdopting = true
    store.set(read(found(storage, key)))
    isAdopting = false
  }
  events?.addEventListener('storage', (event) => {
    if ((event as StorageEvent).key === key) adopt()
  })
  events?.addEventListener('pageshow', (event) => {
    if ((event as PageTransitionEvent).persisted) adopt()
  })
  return store
}

function thisBrowser(): Browser {
  const events = typeof window === 'undefined' ? null : window
  try {
    return { storage: globalThis.localStorage ?? null, events }
  } catch {
    return { storage: null, events }
  }
}

function found(storage: Browser['storage'], key: string): unknown {
  try {
    return JSON.parse(storage?.getItem(key) ?? 'null')
  } catch {
    return null
  }
}
