/** Who somebody is for the server: a guest, or whoever their login says. */

import { Backoff } from '../transport/backoff.ts'
import { Refused, type Server, type SignInProviders } from './server.ts'
import { Store } from './store.ts'

export type Account =
  /** The server has not said it yet. */
  | { kind: 'unknown' }
  | { kind: 'guest' }
  | { kind: 'signed in'; userId: string; name: string; email: string | null }
  /** The server takes nobody who has not signed in. */
  | { kind: 'nobody' }

export const account = new Store<Account>({ kind: 'unknown' })

/** Where one can sign in; null: not known yet. */
export const signIn = new Store<SignInProviders | null>(null)

const FIRST_PAUSE_MS = 400
const LONGEST_PAUSE_MS = 15_000

/** Finds out who asks, and tries until the server says it. */
export async function loadAccount(
  server: Server,
  backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
): Promise<void> {
  while (account.get().kind === 'unknown') {
    try {
      account.set(await ask(server))
    } catch {
      await new Promise((resolve) => setTimeout(resolve, backoff.next()))
    }
  }
}

/** Finds out where one can sign in, unless that is known. */
export async function loadSignIn(server: Server): Promise<SignInProviders> {
  const found = signIn.get() ?? (await server.signInProviders())
  signIn.set(found)
  return found
}

async function ask(server: Server): Promise<Account> {
  try {
    return await askOnce(server)
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) throw error
    if ((await loadSignIn(server)).required) return { kind: 'nobody' }
    // A login that is over: the browser has forgotten it with that answer.
    return askOnce(server)
  }
}

async function askOnce(server: Server): Promise<Account> {
  const { kind, userId, name, email } = await server.me()
  if (kind === 'anonymous') return { kind: 'guest' }
  return { kind: 'signed in', userId, name: name ?? userId, email }
}

/** Where to go to sign in, and to come back to the present page afterwards. */
export function signInAddress(provider: { url: string }, page: string): string {
  return `${provider.url}?next=${encodeURIComponent(page)}`
}
