import { EditorState, type Extension, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, lineNumbers } from '@codemirror/view'
import { useEffect, useRef, useState } from 'react'
import type { PlaybackView as View } from '../../room/playback.ts'
import type { Reel } from '../../room/reel.ts'
import { grammarOf } from '../editor/grammars.ts'
import { look } from '../editor/look.ts'
import { nonce } from '../nonce.ts'
import css from './playback.module.css'

/** A part of the text, in UTF-16 units, and who wrote it. */
export interface Written {
  from: number
  to: number
  userId: string
}

interface Marked {
  from: number
  to: number
  colour: number
}

/** Replaces what is marked. */
const mark = StateEffect.define<readonly Marked[]>()

const marked: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    for (const effect of change.effects) {
      if (!effect.is(mark)) continue
      const { length } = change.newDoc
      return Decoration.set(
        effect.value
          .filter(({ from, to }) => from < to && to <= length)
          .map(({ from, to, colour }) =>
            Decoration.mark({ class: `selected colour-${colour}` }).range(from, to),
          ),
      )
    }
    return marks.map(change.changes)
  },
  provide: (field) => EditorView.decorations.from(field),
})

interface Props {
  reel: Reel
  view: View
  /** Who wrote what of it; null marks what was written last. */
  authors: readonly Written[] | null
}

/** The text as it was, which can be looked at and copied. */
export function PlaybackText({ reel, view, authors }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<EditorView | null>(null)
  const [grammar, setGrammar] = useState<Extension>([])

  useEffect(() => {
    let isWanted = true
    void grammarOf(view.language).then((found) => isWanted && setGrammar([found]))
    return () => {
      isWanted = false
    }
  }, [view.language])

  useEffect(() => {
    if (place.current === null) return
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        extensions: [
          EditorView.cspNonce.of(nonce),
          lineNumbers(),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ 'aria-label': 'Code as it was', tabindex: '0' }),
          marked,
          grammar,
          look,
        ],
      }),
    })
    setEditor(made)
    return () => made.destroy()
  }, [grammar])

  useEffect(() => {
    if (editor === null) return
    const before = editor.state.doc.toString()
    const { text } = view
    let from = 0
    while (from < before.length && from < text.length && before[from] === text[from]) from += 1
    let end = 0
    while (
      end < before.length - from &&
      end < text.length - from &&
      before.at(-1 - end) === text.at(-1 - end)
    ) {
      end += 1
    }
    const changes = { from, to: before.length - end, insert: text.slice(from, text.length - end) }
    const { touched, userId } = view
    const parts = authors ?? (touched === null ? [] : [{ ...touched, userId }])
    editor.dispatch({
      changes,
      effects: [
        mark.of(parts.map((part) => ({ ...part, colour: reel.colourOf(part.userId) }))),
        ...(touched === null || authors !== null
          ? []
          : [EditorView.scrollIntoView(Math.min(touched.to, text.length))]),
      ],
    })
  }, [editor, reel, view, authors])

  return <div className={css.text} data-by-author={authors !== null} ref={place} />
}
