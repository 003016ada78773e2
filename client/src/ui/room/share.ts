import { linkToShare, readOnlyLink } from '../../room/links.ts'
import type { Room } from '../../room/room.ts'

/** Copies the link that one may give away; false where the browser does not let a page do that. */
export function copyLink(room: Room): Promise<boolean> {
  return copyText(shareLink(room))
}

export function copyReadOnlyLink(): Promise<boolean> {
  return copyText(readOnlyLink(roomAddress()))
}

export function shareLink({ entrance, access }: Room): string {
  return linkToShare(roomAddress(), entrance.readOnly, access.get())
}

export function roomAddress(): string {
  return location.origin + location.pathname
}

/** False where the browser does not let a page do that. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** Pages that are not served over TLS have no clipboard but this one. */
function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'unseen'
  document.body.append(field)
  field.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    field.remove()
  }
}
