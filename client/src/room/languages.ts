/** What the client has to know of a language beside its name. */

import type { Language, Server } from './server.ts'
import { Store } from './store.ts'

/** What the server runs; empty until it said so. */
export const languages = new Store<readonly Language[]>([])

/** Asks the server what it runs. Raises what `fetch` raises. */
export async function loadLanguages(server: Server): Promise<void> {
  languages.set(await server.languages())
}

/** What people call a language. */
export function displayName(name: string, known: readonly Language[]): string {
  return known.find((language) => language.name === name)?.displayName ?? name
}

interface Facts {
  /** What a file of it ends with. */
  ending: string
  /** As its own guides indent: a number of spaces, or a tab. */
  indentation: number | 'tab'
}

const FACTS: Readonly<Record<string, Facts>> = {
  bash: { ending: 'sh', indentation: 2 },
  c: { ending: 'c', indentation: 4 },
  cpp: { ending: 'cpp', indentation: 4 },
  go: { ending: 'go', indentation: 'tab' },
  java: { ending: 'java', indentation: 4 },
  javascript: { ending: 'js', indentation: 2 },
  lua: { ending: 'lua', indentation: 2 },
  perl: { ending: 'pl', indentation: 4 },
  php: { ending: 'php', indentation: 4 },
  python: { ending: 'py', indentation: 4 },
  ruby: { ending: 'rb', indentation: 2 },
  rust: { ending: 'rs', indentation: 4 },
  sql: { ending: 'sql', indentation: 2 },
  typescript: { ending: 'ts', indentation: 2 },
}

export function factsOf(language: string): Facts {
  return FACTS[language] ?? { ending: 'txt', indentation: 4 }
}

/** The line that the server writes into a new session, and nothing else. */
const STARTER = /^(#|\/\/|--|;) Write your \S+ code here\n?$/

/** Whether nobody has written anything yet. */
export function isUntouched(text: string): boolean {
  return text.trim() === '' || STARTER.test(text)
}
