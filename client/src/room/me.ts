/** Who somebody is in rooms, as their own browser remembers it. */

import { keptStore } from './kept.ts'

export interface Me {
  id: string
  /** Empty: they were not asked yet. */
  name: string
}

export const LONGEST_NAME = 40

export function readMe(found: unknown): Me {
  const { id, name } = (found ?? {}) as Partial<Me>
  return {
    id: typeof id === 'string' && id !== '' ? id : `p-${randomId()}`,
    name: typeof name === 'string' ? tidyName(name) : '',
  }
}

export function tidyName(name: string): string {
  return name.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_NAME)
}

export const me = keptStore('algoroom.me', readMe)

// The id was made just now, if there was none: two tabs have to have the same.
me.update((now) => ({ ...now }))

function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
