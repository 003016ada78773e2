/** The links of a room that may be given away. */

import type { AccessEvent } from '../generated/protocol.ts'

/** One that only shows the room, to whoever opens it. */
export function readOnlyLink(room: string): string {
  return `${room}?readonly=1`
}

/**
 * What *Share* gives away: the room itself, unless that would let others do more than oneself.
 * `room` is its address without a query.
 */
export function linkToShare(room: string, isReadOnlyPage: boolean, access: AccessEvent | null) {
  const isViewer = access?.role === 'viewer' && access.strangers === 'editor'
  return isReadOnlyPage || isViewer ? readOnlyLink(room) : room
}
