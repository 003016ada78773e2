import { useSyncExternalStore } from 'react'
import type { Store } from '../room/store.ts'

/** The value of a store, now and whenever it is another. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}
