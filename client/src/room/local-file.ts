/** Files of a person's own machine, opened as text. */

import type { Language } from './server.ts'
import { tooLongWords } from './words.ts'

export type Opened = { text: string; language: string | null } | { problem: string }

/** In UTF-8. */
const MOST_BYTES_OF_A_UNIT = 3

/**
 * Reads a file as UTF-8, of a room's `mostUnits` at most. Lines end with LF afterwards, and a byte
 * order mark is left out.
 */
export async function openFile(
  file: File,
  known: readonly Language[],
  mostUnits: number,
): Promise<Opened> {
  const name = `“${file.name}”`
  const tooLong = { problem: `${name} is too long: ${tooLongWords(mostUnits)}` }
  if (file.size > mostUnits * MOST_BYTES_OF_A_UNIT) return tooLong
  let bytes: ArrayBuffer
  try {
    bytes = await file.arrayBuffer()
  } catch {
    // A folder, for one.
    return { problem: `${name} cannot be read` }
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { problem: `${name} is no text in UTF-8` }
  }
  if (text.includes('\0')) return { problem: `${name} is no text` }
  text = text.replaceAll(/\r\n?/g, '\n')
  if (text.length > mostUnits) return tooLong
  return { text, language: languageOf(file.name, known) }
}

/** The language of a file by what its name ends with; null where it says nothing. */
export function languageOf(fileName: string, known: readonly Language[]): string | null {
  const ending = endingOf(fileName)
  const language = known.find(
    (each) =>
      endingOf(each.fileName) === ending || (OTHER_ENDINGS[each.name]?.includes(ending) ?? false),
  )
  return ending === '' ? null : (language?.name ?? null)
}

/** What a file's name ends with, without the dot; empty where there is none. */
export function endingOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.')
  return dot <= 0 ? '' : fileName.slice(dot + 1).toLowerCase()
}

/** Beside the one that a language's file has on the server. */
const OTHER_ENDINGS: Readonly<Record<string, readonly string[]>> = {
  bash: ['bash'],
  cpp: ['cc', 'cxx', 'hpp'],
  javascript: ['mjs', 'cjs'],
  perl: ['pm'],
  python: ['pyw'],
  typescript: ['mts', 'cts'],
}
