/** A session as it was: every update with its time and its author, and what else happened. */

import * as Y from 'yjs'
import type { PlaybackLine, UpdateLine } from '../generated/protocol.ts'
import { COLOURS } from './people.ts'

export type MarkKind =
  | 'run'
  | 'joined'
  | 'left'
  | 'pasted'
  | 'language'
  | 'title'
  | 'version'
  | 'restored'

/** Something that happened, at a place of the timeline. */
export interface Mark {
  kind: MarkKind
  /** In milliseconds since 1970. */
  at: number
  userId: string
  /** How many updates there were before it. */
  step: number
  /** More of it: the id of a run, the name of a language. */
  subject: string
}

export interface Step {
  at: number
  userId: string
  seq: number
  update: Uint8Array
}

/** What the last update of a moment did to the text: what stands at `from` to `to` is new. */
export interface Touched {
  from: number
  to: number
}

// Going back starts at the nearest document that was kept.
const MOST_KEPT = 64

export class Reel {
  readonly steps: Step[] = []
  readonly marks: Mark[] = []
  readonly names = new Map([['server', 'The server']])
  /** Of people, in the order in which they appear. */
  private readonly colours = new Map<string, number>()
  private readonly kept = new Map<number, Uint8Array>()
  private doc = new Y.Doc()
  private position = 0
  private every = 1
  touched: Touched | null = null
  /** Why there is no more of it, in words; empty where it is whole. */
  problem = ''

  add(line: PlaybackLine): void {
    if ('userId' in line && !this.colours.has(line.userId)) {
      this.colours.set(line.userId, this.colours.size % COLOURS)
    }
    if (line.type === 'update') this.addStep(line)
    else if (line.type === 'error') this.problem = line.message
    else if ('userId' in line) this.addMark(line)
  }

  /** Which of the `COLOURS` somebody has in it. */
  colourOf(userId: string): number {
    return this.colours.get(userId) ?? 0
  }

  /** How many updates there are. */
  get length(): number {
    return this.steps.length
  }

  /** Whether nothing of it is known. */
  get isEmpty(): boolean {
    return this.steps.length === 0 && this.marks.length === 0
  }

  /** In milliseconds since 1970, as `lastAt`; 0 where it is empty. */
  get firstAt(): number {
    if (this.isEmpty) return 0
    const [step, mark] = [this.steps[0], this.marks[0]]
    return Math.min(step?.at ?? Number.POSITIVE_INFINITY, mark?.at ?? Number.POSITIVE_INFINITY)
  }

  get lastAt(): number {
    return Math.max(this.steps.at(-1)?.at ?? 0, this.marks.at(-1)?.at ?? 0)
  }

  /** How many updates are applied now. */
  get step(): number {
    return this.position
  }

  get text(): string {
    return this.doc.getText('code').toString()
  }

  get language(): string {
    const language = this.doc.getMap('session').get('language')
    return typeof language === 'string' ? language : ''
  }

  /** How many updates there were at a time. */
  stepAt(at: number): number {
    let low = 0
    let high = this.steps.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.steps[middle]?.at ?? 0) <= at) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Has the document as it was after so many updates. */
  moveTo(step: number): void {
    const goal = Math.max(0, Math.min(step, this.steps.length))
    if (goal < this.position) this.rewind(goal)
    while (this.position < goal) this.forward()
  }

  private addStep({ at, userId, seq, pasted, update }: UpdateLine): void {
    const time = Date.parse(at)
    const bytes = Uint8Array.from(atob(update), (unit) => unit.charCodeAt(0))
    this.steps.push({ at: time, userId, seq, update: bytes })
    if (pasted > 0) {
      const subject = String(pasted)
      this.marks.push({ kind: 'pasted', at: time, userId, step: this.steps.length, subject })
    }
    this.every = Math.max(1, Math.ceil(this.steps.length / MOST_KEPT))
  }

  private addMark(line: Exclude<PlaybackLine, { type: 'update' | 'next' | 'error' }>): void {
    const told = { at: Date.parse(line.at), userId: line.userId, step: this.steps.length }
    switch (line.type) {
      case 'joined':
        this.names.set(line.userId, line.name)
        this.marks.push({ kind: 'joined', ...told, subject: line.name })
        break
      case 'left':
        this.marks.push({ kind: 'left', ...told, subject: '' })
        break
      case 'run-started':
        this.marks.push({ kind: 'run', ...told, subject: line.runId })
        break
      case 'language':
        this.marks.push({ kind: 'language', ...told, subject: line.language })
        break
      case 'title':
        this.marks.push({ kind: 'title', ...told, subject: line.title })
        break
      case 'version':
        this.marks.push({ kind: 'version', ...told, subject: line.name })
        break
      case 'restored':
        this.marks.push({ kind: 'restored', ...told, subject: '' })
        break
    }
  }

  private forward(): void {
    const step = this.steps[this.position]
    if (step === undefined) return
    if (this.position % this.every === 0 && !this.kept.has(this.position)) {
      this.kept.set(this.position, Y.encodeStateAsUpdate(this.doc))
    }
    this.touched = null
    const text = this.doc.getText('code')
    const note = (event: Y.YTextEvent) => {
      this.touched = touchedBy(event)
    }
    text.observe(note)
    Y.applyUpdate(this.doc, step.update)
    text.unobserve(note)
    this.position += 1
  }

  private rewind(goal: number): void {
    const from = [...this.kept.keys()]
      .filter((at) => at <= goal)
      .reduce((a, b) => Math.max(a, b), 0)
    this.doc.destroy()
    this.doc = new Y.Doc()
    const kept = this.kept.get(from)
    if (kept !== undefined) Y.applyUpdate(this.doc, kept)
    this.position = kept === undefined ? 0 : from
    this.touched = null
  }
}

function touchedBy(event: Y.YTextEvent): Touched | null {
  let at = 0
  let found = null as Touched | null
  for (const part of event.delta) {
    if (typeof part.insert === 'string') {
      const to = at + part.insert.length
      found = { from: found?.from ?? at, to }
      at = to
    } else if (part.delete !== undefined) {
      found = { from: found?.from ?? at, to: Math.max(found?.to ?? at, at) }
    }
    at += part.retain ?? 0
  }
  return found
}
