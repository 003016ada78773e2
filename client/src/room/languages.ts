/** What the client has to know of a language beside its name. */

import { endingOf } from './local-file.ts'
import type { Language, Server } from './server.ts'
import { Store } from './store.ts'

/** What the server runs; empty until it said so. */
export const languages = new Store<readonly Language[]>([])

/** Asks the server what it runs. Raises what `fetch` raises. */
export async function loadLanguages(server: Server): Promise<void> {
  languages.set(await server.languages())
}

/** Asks for them where they are not known, maybe in vain: then none is shown, until the next time. */
export async function seekLanguages(server: Server): Promise<void> {
  if (languages.get().length === 0) await loadLanguages(server).catch(() => {})
}

/** What people call a language; empty until that is known. */
export function displayName(name: string, known: readonly Language[]): string {
  const language = known.find((each) => each.name === name)
  return language?.displayName ?? (known.length === 0 ? '' : name)
}

/** What a file of a language ends with. */
export function fileEnding(name: string, known: readonly Language[]): string {
  const language = known.find((each) => each.name === name)
  return language === undefined ? 'txt' : endingOf(language.fileName)
}

/** As a language's own guides indent, where that is not by four spaces. */
const INDENTATION: Readonly<Record<string, number | 'tab'>> = {
  bash: 2,
  go: 'tab',
  javascript: 2,
  lua: 2,
  ruby: 2,
  sql: 2,
  typescript: 2,
}

/** How a language is indented: a number of spaces, or a tab. */
export function indentationOf(language: string): number | 'tab' {
  return INDENTATION[language] ?? 4
}

/** The line that the server writes into a new session, and nothing else. */
const INVITATION = /^(#|\/\/|--|;|<\?php \/\/) Write your \S+ code here\n?$/

type Starters = Readonly<Record<string, string>>

/** Whether nobody has written anything yet: `starters` are what the room's task begins with. */
export function isUntouched(
  text: string,
  known: readonly Language[] = [],
  starters: Starters = {},
): boolean {
  if (text.trim() === '' || INVITATION.test(text)) return true
  return Object.values(starters).includes(text) || known.some(({ template }) => template === text)
}

/** What somebody begins with in a language. */
export function beginning(name: string, known: readonly Language[], starters: Starters): string {
  return starters[name] ?? known.find((language) => language.name === name)?.template ?? ''
}
