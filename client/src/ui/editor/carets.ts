/** Where the others are: their carets with their names, and what they have selected. Colours are
 * classes, since a strict page takes no style attributes. */

import { Annotation, type Extension, type Range, RangeSet } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from '@codemirror/view'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { colourOf, peopleOf } from '../../room/people.ts'

interface ToldCursor {
  anchor?: unknown
  head?: unknown
}

/** How long a name stays in sight after its caret moved. */
const NAME_MS = 2_500

const moved = Annotation.define<boolean>()

class Caret extends WidgetType {
  constructor(
    private readonly name: string,
    private readonly colour: number,
    private readonly isFresh: boolean,
  ) {
    super()
  }

  override eq(other: Caret): boolean {
    return (
      other.name === this.name && other.colour === this.colour && other.isFresh === this.isFresh
    )
  }

  toDOM(): HTMLElement {
    const caret = document.createElement('span')
    caret.className = `caret colour-${this.colour}${this.isFresh ? ' fresh' : ''}`
    caret.setAttribute('aria-hidden', 'true')
    const label = document.createElement('span')
    label.className = 'caret-name'
    label.textContent = this.name
    // A joiner before and behind keep the line's height and the caret's place.
    caret.append('\u2060', label, '\u2060')
    return caret
  }

  /** A click on it is one into the text. */
  override ignoreEvent(): boolean {
    return false
  }
}

/** Where the caret of a client is in the text; null where it is nowhere. */
export function caretOf(awareness: Awareness, text: Y.Text, client: number): number | null {
  const cursor = awareness.getStates().get(client)?.cursor as ToldCursor | null | undefined
  return placeOf(text, cursor?.head)
}

/** Shows the others' carets, and tells them one's own. */
export function carets(awareness: Awareness, text: Y.Text): Extension {
  return ViewPlugin.define((view) => new Carets(view, awareness, text), {
    decorations: (plugin) => plugin.decorations,
  })
}

class Carets {
  decorations: DecorationSet = RangeSet.empty
  private readonly movedAt = new Map<number, { place: number; at: number }>()
  private fading: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly view: EditorView,
    private readonly awareness: Awareness,
    private readonly text: Y.Text,
  ) {
    awareness.on('change', this.noteOthers)
    this.decorations = this.draw()
  }

  update(update: ViewUpdate): void {
    this.tell(update)
    const isRemote = update.transactions.some((one) => one.annotation(moved))
    if (isRemote || update.docChanged) this.decorations = this.draw()
  }

  destroy(): void {
    clearTimeout(this.fading)
    this.awareness.off('change', this.noteOthers)
  }

  private readonly noteOthers = (changed: {
    added: number[]
    updated: number[]
    removed: number[]
  }): void => {
    const own = this.awareness.clientID
    const others = [...changed.added, ...changed.updated, ...changed.removed]
    if (others.some((client) => client !== own)) this.redraw()
  }

  private redraw(): void {
    // An editor cannot be changed while it changes.
    queueMicrotask(() => {
      if (this.view.dom.isConnected) this.view.dispatch({ annotations: moved.of(true) })
    })
  }

  private tell(update: ViewUpdate): void {
    if (!update.selectionSet && !update.docChanged && !update.focusChanged) return
    const local = this.awareness.getLocalState()
    if (local === null) return
    const told = local.cursor as { anchor: unknown; head: unknown } | null | undefined
    // Whoever only listens has no place; whoever looks elsewhere keeps theirs.
    if (!update.view.hasFocus && !told) return
    const { anchor, head } = update.state.selection.main
    const now = {
      anchor: Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.text, anchor)),
      head: Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.text, head)),
    }
    if (told && JSON.stringify(told) === JSON.stringify(now)) return
    queueMicrotask(() => this.awareness.setLocalStateField('cursor', now))
  }

  private draw(): DecorationSet {
    const ranges: Range<Decoration>[] = []
    const length = this.view.state.doc.length
    const now = Date.now()
    let nextFading = Number.POSITIVE_INFINITY
    const people = peopleOf(this.awareness, '')
    for (const [client, state] of this.awareness.getStates()) {
      const cursor = state.cursor as ToldCursor | null | undefined
      if (client === this.awareness.clientID || !cursor) continue
      const anchor = placeOf(this.text, cursor.anchor)
      const head = placeOf(this.text, cursor.head)
      if (anchor === null || head === null || Math.max(anchor, head) > length) continue
      const person = people.find(({ clients }) => clients.includes(client))
      const { name, colour } = person ?? { name: 'Guest', colour: colourOf(`client-${client}`) }
      const before = this.movedAt.get(client)
      const at = before?.place === head ? before.at : now
      this.movedAt.set(client, { place: head, at })
      const isFresh = now - at < NAME_MS
      if (isFresh) nextFading = Math.min(nextFading, at + NAME_MS)
      const [from, to] = anchor < head ? [anchor, head] : [head, anchor]
      if (from < to) {
        ranges.push(Decoration.mark({ class: `selected colour-${colour}` }).range(from, to))
      }
      const widget = new Caret(name, colour, isFresh)
      ranges.push(Decoration.widget({ widget, side: head <= anchor ? 1 : -1 }).range(head))
    }
    clearTimeout(this.fading)
    if (nextFading < Number.POSITIVE_INFINITY) {
      this.fading = setTimeout(() => this.redraw(), nextFading - now + 20)
    }
    return Decoration.set(ranges, true)
  }
}

function placeOf(text: Y.Text, told: unknown): number | null {
  if (told === null || told === undefined || text.doc === null) return null
  try {
    const relative = Y.createRelativePositionFromJSON(told)
    const found = Y.createAbsolutePositionFromRelativePosition(relative, text.doc)
    return found !== null && found.type === text ? found.index : null
  } catch {
    return null
  }
}
