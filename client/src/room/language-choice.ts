/** Chooses the language of a room, with what one begins with in it. */

import * as Y from 'yjs'

/** What a choice put into the text. */
interface Beginning {
  text: string
  from: Y.RelativePosition
  to: Y.RelativePosition
  /** The entry of the map that came with it. */
  choice: Y.ID
}

/**
 * Invariant: of beginnings that people put in at the same time, once everybody has heard of all,
 * one is left: that of the choice that holds. Each takes back their own.
 */
export class LanguageChoice {
  private mine: Beginning | null = null

  constructor(
    private readonly text: Y.Text,
    private readonly values: Y.Map<unknown>,
  ) {
    values.observe(({ keysChanged }, { local, doc }) => {
      if (local || !keysChanged.has('language')) return
      // Not before all observers are told: they would not find the text that they are told of.
      doc.once('afterTransaction', () => this.yieldTo(values._map.get('language')))
    })
  }

  /** Sets it. A `beginning` takes the place of all that is there. */
  choose(language: string, beginning: string | null): void {
    const { text, values } = this
    text.doc?.transact(() => {
      values.set('language', language)
      if (beginning === null) return
      text.delete(0, text.length)
      text.insert(0, beginning)
    })
    const choice = values._map.get('language')?.id
    if (beginning === null || choice === undefined) return
    const from = Y.createRelativePositionFromTypeIndex(text, 0)
    const to = Y.createRelativePositionFromTypeIndex(text, beginning.length, -1)
    this.mine = { text: beginning, from, to, choice }
  }

  /** Takes back one's own, where another choice holds that was made without knowing of it. */
  private yieldTo(holding: Y.Item | undefined): void {
    const { mine } = this
    if (mine === null || holding === undefined || this.isBuiltOn(holding, mine.choice)) return
    this.mine = null
    this.takeBack(mine)
  }

  /** Whether whoever made a choice knew of another, which may be the same. */
  private isBuiltOn(choice: Y.Item, other: Y.ID): boolean {
    const { doc } = this.text
    for (let id: Y.ID | null = choice.id; id !== null && doc !== null; ) {
      if (Y.compareIDs(id, other)) return true
      const item: Y.Item | Y.GC = Y.getItem(doc.store, id)
      id = item instanceof Y.Item ? item.origin : null
    }
    return false
  }

  /** Removes it, unless somebody has written in it. */
  private takeBack({ text, from, to }: Beginning): void {
    const { doc } = this.text
    if (doc === null) return
    const start = Y.createAbsolutePositionFromRelativePosition(from, doc)?.index ?? 0
    const end = Y.createAbsolutePositionFromRelativePosition(to, doc)?.index ?? 0
    if (this.text.toString().slice(start, end) !== text) return
    // Of its own origin: it is nothing that the person could undo.
    doc.transact(() => this.text.delete(start, text.length), this)
  }
}
