/** The invite by whose link somebody came: kept until it is redeemed, over a sign-in too. */

import { Refused, type Server } from './server.ts'

const KEY = 'algoroom.invite'

/** What a browser keeps for one tab. */
type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/**
 * The secret of the invite in a page's fragment, `#invite=…`, or of one that was kept for the
 * session; empty: there is none. It is kept, so that the fragment can be taken out of the address.
 */
export function inviteFor(sessionId: string, fragment: string, kept: Kept | null): string {
  const found = new URLSearchParams(fragment.replace(/^#/, '')).get('invite') ?? ''
  if (found !== '') {
    attempt(() => kept?.setItem(KEY, JSON.stringify({ sessionId, secret: found })))
    return found
  }
  const before = attempt(() => JSON.parse(kept?.getItem(KEY) ?? 'null'))
  return before?.sessionId === sessionId && typeof before.secret === 'string' ? before.secret : ''
}

/**
 * Takes the role that an invite gives; what to say where it gives none. Throws where the server
 * could not be asked: then it is still kept.
 */
export async function redeem(
  server: Server,
  sessionId: string,
  secret: string,
  name: string,
  kept: Kept | null,
): Promise<string | null> {
  let problem: string | null = null
  try {
    await server.redeem(sessionId, secret, name)
  } catch (error) {
    if (!(error instanceof Refused) || error.status === 401 || error.status >= 429) throw error
    problem =
      error.code === 'INVITE_REFUSED'
        ? 'This invite does not hold any more: it was used, taken back, or its time is over'
        : error.message
  }
  attempt(() => kept?.removeItem(KEY))
  return problem
}

export function ownTab(): Kept | null {
  return attempt(() => globalThis.sessionStorage) ?? null
}

/** Browsers may forbid a page to keep anything. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
