/** The links of a room that may be given away. */

import type { AccessEvent } from '../generated/protocol.ts'

/** One that only shows the room, to whoever opens it. */
export function readOnlyLink(room: string): string {
  return `${room}?readonly=1`
}

/** What to know of that link before it is given away; null where there is nothing to know. */
export function readOnlyCaveat(access: AccessEvent | null): string | null {
  if (access?.strangers !== 'editor') return null
  return 'Whoever takes ?readonly=1 out of it can edit.'
}

/**
 * What *Share* gives away: the room itself, unless that would let others do more than oneself.
 * `room` is its address without a query.
 */
export function linkToShare(room: string, isReadOnlyPage: boolean, access: AccessEvent | null) {
  const isViewer = access?.role === 'viewer' && access.strangers === 'editor'
  return isReadOnlyPage || isViewer ? readOnlyLink(room) : room
}
