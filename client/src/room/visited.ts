/** The rooms that this browser was in, the last first. */

import { keptStore } from './kept.ts'
import { Refused, type Server } from './server.ts'

export interface Visit {
  id: string
  title: string
  language: string
  /** In milliseconds since 1970. */
  at: number
  /** Whether this browser's person was a host there. */
  isHost: boolean
}

const MOST = 12

export function readVisits(found: unknown): readonly Visit[] {
  if (!Array.isArray(found)) return []
  return found
    .filter(
      (entry): entry is Visit => typeof entry?.id === 'string' && typeof entry.at === 'number',
    )
    .map(({ id, title, language, at, isHost }) => ({
      id,
      at,
      isHost: isHost === true,
      title: typeof title === 'string' ? title : '',
      language: typeof language === 'string' ? language : '',
    }))
    .slice(0, MOST)
}

export const visited = keptStore('algoroom.visited', readVisits)

export function noteVisit(visit: Visit): void {
  visited.update((before) => [visit, ...before.filter(({ id }) => id !== visit.id)].slice(0, MOST))
}

/** Forgets the rooms that are there no more, as far as the server can be asked. */
export async function forgetGone(server: Server): Promise<void> {
  await Promise.all(
    visited.get().map(async ({ id }) => {
      try {
        await server.session(id)
      } catch (error) {
        if (error instanceof Refused && error.status === 404) forgetVisit(id)
      }
    }),
  )
}

export function forgetVisit(id: string): void {
  visited.update((before) => before.filter((visit) => visit.id !== id))
}
