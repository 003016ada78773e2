/** Who is here, as the awareness tells it: one person for each id, however many windows they have. */

import type { Awareness } from 'y-protocols/awareness'

export interface Person {
  id: string
  name: string
  /** Which of the `COLOURS` they have now, for everybody. */
  colour: number
  isMe: boolean
  /** Those of their windows, by the client ids of their documents. */
  clients: readonly number[]
}

export const COLOURS = 8

/** What a client tells of its person. `color` is for clients that know no palette. */
export interface ToldUser {
  id?: unknown
  name?: unknown
}

/** Everybody, oneself first, then by name. */
export function peopleOf(awareness: Awareness, myId: string): readonly Person[] {
  const people = new Map<string, Omit<Person, 'colour'> & { clients: number[] }>()
  for (const [client, state] of awareness.getStates()) {
    const user = state.user as ToldUser | undefined
    if (user === undefined || user === null) continue
    const id = typeof user.id === 'string' ? user.id : `client-${client}`
    const known = people.get(id)
    if (known !== undefined) known.clients.push(client)
    else {
      const name = typeof user.name === 'string' && user.name.trim() !== '' ? user.name : 'Guest'
      people.set(id, { id, name, isMe: id === myId, clients: [client] })
    }
  }
  const colours = coloursOf(people.keys())
  return [...people.values()]
    .map((person) => ({ ...person, colour: colours.get(person.id) ?? 0 }))
    .sort(
      (one, other) => Number(other.isMe) - Number(one.isMe) || one.name.localeCompare(other.name),
    )
}

/** The colours of people who are together, which differ as long as there are enough. */
export function coloursOf(ids: Iterable<string>): ReadonlyMap<string, number> {
  const colours = new Map<string, number>()
  for (const id of [...ids].sort()) {
    const taken = new Set(colours.values())
    let colour = colourOf(id)
    while (taken.size < COLOURS && taken.has(colour)) colour = (colour + 1) % COLOURS
    colours.set(id, colour)
  }
  return colours
}

/** What somebody has who is alone: the same in every browser (FNV-1a). */
export function colourOf(id: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0) % COLOURS
}

export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word) => [...(word ?? '?')][0]?.toUpperCase() ?? '').join('')
}
