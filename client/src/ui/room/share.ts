import { linkToShare } from '../../room/links.ts'
import type { Room } from '../../room/room.ts'

/** Copies something and says so, or that the browser does not let a page do that: then false. */
export async function copyAndTell(
  room: Pick<Room, 'tell'>,
  what: 'Code' | 'Link' | 'Output',
  text: string,
  caveat: string | null = null,
): Promise<boolean> {
  const isCopied = await copyText(text)
  if (isCopied) room.tell(caveat === null ? `${what} copied` : `${what} copied. ${caveat}`)
  else if (what === 'Link') room.tell(`Copy this link: ${text}`, true)
  else room.tell('The browser does not let this page copy: select it, and copy that', true)
  return isCopied
}

/** The link that one may give away. */
export function shareLink({ entrance, access }: Room): string {
  return linkToShare(roomAddress(), entrance.readOnly, access.get())
}

export function roomAddress(): string {
  return location.origin + location.pathname
}

async function copyText(text: string): Promise<boolean> {
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
