/** What a browser keeps for a person, where it may. */

import { Store } from './store.ts'

type Reader<T> = (found: unknown) => T

/** A store whose value outlives the page. `read` makes a value of whatever is found, or nothing. */
export function keptStore<T>(key: string, read: Reader<T>, storage = ownStorage()): Store<T> {
  const store = new Store(read(found(storage, key)))
  store.subscribe(() => {
    try {
      storage?.setItem(key, JSON.stringify(store.get()))
    } catch {
      // It is full, or forbidden: then it holds as long as the page.
    }
  })
  return store
}

function ownStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}

function found(storage: Storage | null, key: string): unknown {
  try {
    return JSON.parse(storage?.getItem(key) ?? 'null')
  } catch {
    return null
  }
}
