/** What a program printed, piece by piece. */

import type { StreamNumber } from '../transport/messages.ts'

export interface Chunk {
  stream: StreamNumber
  data: Uint8Array
}

/** ECMA-48: control sequences, strings with their ends, and what is one or two characters more. */
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g

/** What a run printed so far. */
export class RunLog {
  private kept: Chunk[] = []
  private readonly listeners = new Set<(news: Chunk | 'anew') => void>()

  /** All of it, in order. */
  get chunks(): readonly Chunk[] {
    return this.kept
  }

  append(chunk: Chunk): void {
    if (chunk.data.length === 0) return
    this.kept.push(chunk)
    for (const listener of this.listeners) listener(chunk)
  }

  /** It is told from the start again. */
  clear(): void {
    this.kept = []
    for (const listener of this.listeners) listener('anew')
  }

  subscribe(listener: (news: Chunk | 'anew') => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** What people read of it: without sequences for a terminal, and as a line was at last. */
  get plain(): string {
    return this.text
      .replaceAll(SEQUENCES, '')
      .replaceAll('\r\n', '\n')
      .replaceAll(/[^\n]*\r(?=[^\n])/g, '')
  }

  get text(): string {
    const decoder = new TextDecoder()
    return this.kept.map(({ data }) => decoder.decode(data, { stream: true })).join('')
  }
}
