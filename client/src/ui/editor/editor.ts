/** The editor of a room: CodeMirror on the shared text. */

import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, indentWithTab } from '@codemirror/commands'
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
} from '@codemirror/language'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension, Prec, type Transaction } from '@codemirror/state'
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view'
import { yCollab, ySyncAnnotation } from 'y-codemirror.next'
import { UndoManager } from 'yjs'
import { indentationOf } from '../../room/languages.ts'
import type { Room } from '../../room/room.ts'
import { type Settings, settings } from '../../room/settings.ts'
import { tooLongWords } from '../../room/words.ts'
import { nonce } from '../nonce.ts'
import { caretOf, carets } from './carets.ts'
import { grammarOf } from './grammars.ts'
import { keysOf, undoKeys } from './keymaps.ts'
import { look } from './look.ts'

/** Said to whoever hears the page instead of trying the keys. */
const WAY_OUT = 'Tab indents. Escape, then Tab leaves.'

/** Of each what was there goes and something else comes; the server takes 20,000 such changes. */
const MOST_PLACES = 10_000

export class Editor {
  readonly view: EditorView
  private readonly grammar = new Compartment()
  private readonly indentation = new Compartment()
  private readonly wrapping = new Compartment()
  private readonly keys = new Compartment()
  private readonly writing = new Compartment()
  private readonly forget: (() => void)[]
  private language = ''
  // What was asked for last; nothing where it could not be had.
  private grammarFor = ''
  private keymap: Settings['keymap'] = 'default'
  private wasConnected = false

  constructor(
    parent: HTMLElement,
    private readonly room: Room,
  ) {
    const undoManager = new UndoManager(room.text)
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        doc: room.text.toString(),
        extensions: [
          EditorView.cspNonce.of(nonce),
          this.keys.of([]),
          // What the page does with a key it does in the editor too.
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => true, shift: () => true }])),
          lineNumbers(),
          foldGutter(),
          highlightSpecialChars(),
          drawSelection(),
          dropCursor(),
          EditorState.allowMultipleSelections.of(true),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ activateOnTyping: false }),
          rectangularSelection(),
          crosshairCursor(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          keymap.of([
            ...closeBracketsKeymap,
            ...undoKeys,
            ...defaultKeymap,
            ...searchKeymap,
            ...foldKeymap,
            ...completionKeymap,
            indentWithTab,
          ]),
          yCollab(room.text, null, { undoManager }),
          carets(room.awareness, room.text),
          EditorView.contentAttributes.of({
            'aria-label': 'Code',
            'aria-description': WAY_OUT,
            tabindex: '0',
          }),
          EditorView.updateListener.of(({ transactions }) => {
            if (transactions.some(isOwn)) this.unfollow()
          }),
          this.grammar.of([]),
          this.indentation.of([]),
          this.wrapping.of([]),
          this.writing.of(writing(this.mayWrite)),
          EditorState.changeFilter.of((change) => this.fits(change)),
          look,
        ],
      }),
    })
    this.forget = [
      room.record.subscribe(this.noteLanguage),
      settings.subscribe(this.noteSettings),
      room.link.subscribe(this.noteLink),
      room.isReadOnly.subscribe(this.noteLink),
      room.people.subscribe(this.noteOthers),
      room.following.subscribe(this.noteOthers),
    ]
    room.awareness.on('change', this.noteOthers)
    for (const look of ['pointerdown', 'wheel']) {
      this.view.scrollDOM.addEventListener(look, () => this.unfollow(), { passive: true })
    }
    this.noteLanguage()
    this.noteSettings()
  }

  destroy(): void {
    this.room.awareness.off('change', this.noteOthers)
    for (const forget of this.forget) forget()
    this.view.destroy()
  }

  private get mayWrite(): boolean {
    const { kind } = this.room.link.get().state
    // What is not there yet cannot be edited: it would seem to be an empty room.
    return !this.room.isReadOnly.get() && kind !== 'connecting' && kind !== 'ended'
  }

  /** The server would end the connection of whoever sends it a longer text, or changes more. */
  private fits(change: Transaction): boolean {
    if (!change.docChanged || change.annotation(ySyncAnnotation) !== undefined) return true
    const { mostUnits } = this.room.entrance
    const { length } = change.newDoc
    if (length > mostUnits && length > change.startState.doc.length) {
      this.room.tell(`That is too long: ${tooLongWords(mostUnits)}`, true)
      return false
    }
    let places = 0
    change.changes.iterChanges(() => places++)
    if (places > MOST_PLACES) {
      const most = MOST_PLACES.toLocaleString('en')
      this.room.tell(`That changes too much at once: at most ${most} places`, true)
      return false
    }
    return true
  }

  private readonly noteLink = (): void => {
    const isConnected = this.room.link.get().state.kind === 'connected'
    if (isConnected && !this.wasConnected) {
      void this.loadGrammar()
      void this.loadKeymap()
    }
    this.wasConnected = isConnected
    const may = this.mayWrite
    if (may !== this.view.state.readOnly) return
    // It may be told of while the editor is changed.
    queueMicrotask(() => this.view.dispatch({ effects: this.writing.reconfigure(writing(may)) }))
  }

  private readonly noteLanguage = (): void => {
    const { language } = this.room.record.get()
    if (language === this.language) return
    this.language = language
    this.noteSettings()
    void this.loadGrammar()
  }

  /** Without its grammar a text is plain; it is asked for again with the next connection. */
  private async loadGrammar(): Promise<void> {
    const { language } = this
    if (language === this.grammarFor) return
    this.grammarFor = language
    let grammar: Extension = []
    try {
      grammar = await grammarOf(language)
    } catch {
      if (language === this.grammarFor) this.grammarFor = ''
    }
    if (language !== this.language || !this.view.dom.isConnected) return
    this.view.dispatch({ effects: this.grammar.reconfigure(grammar) })
  }

  private readonly noteSettings = (): void => {
    const { wrap, indentation } = settings.get()
    const unit = indentation === 'language' ? indentationOf(this.language) : indentation
    const width = unit === 'tab' ? 4 : Number(unit)
    this.view.dispatch({
      effects: [
        this.wrapping.reconfigure(wrap ? EditorView.lineWrapping : []),
        this.indentation.reconfigure([
          indentUnit.of(unit === 'tab' ? '\t' : ' '.repeat(width)),
          EditorState.tabSize.of(width),
        ]),
      ],
    })
    void this.loadKeymap()
  }

  private async loadKeymap(): Promise<void> {
    const chosen = settings.get().keymap
    if (chosen === this.keymap) return
    this.keymap = chosen
    let keys: Extension = []
    try {
      keys = await keysOf(chosen)
    } catch {
      if (chosen !== this.keymap) return
      this.keymap = 'default'
      this.room.tell(`The keys of ${chosen} could not be loaded; the usual ones work`, true)
    }
    if (chosen !== settings.get().keymap || !this.view.dom.isConnected) return
    this.view.dispatch({ effects: this.keys.reconfigure(keys) })
  }

  private unfollow(): void {
    this.room.follow(null)
  }

  private readonly noteOthers = (): void => {
    const followed = this.room.following.get()
    if (followed === null) return
    const person = this.room.people.get().find(({ id }) => id === followed)
    const places = (person?.clients ?? []).map((client) =>
      caretOf(this.room.awareness, this.room.text, client),
    )
    const place = places.find((found) => found !== null)
    if (place === undefined || place === null) return
    queueMicrotask(() => {
      if (!this.view.dom.isConnected || place > this.view.state.doc.length) return
      this.view.dispatch({ effects: EditorView.scrollIntoView(place, { y: 'center' }) })
    })
  }
}

/** Whether this person wrote, or went elsewhere. */
function isOwn(change: Transaction): boolean {
  if (change.annotation(ySyncAnnotation) !== undefined) return false
  return change.docChanged || change.selection !== undefined
}

/**
 * Who may not write still has a caret, to read and to copy by keyboard alone. Not every key of
 * other editors asks whether the text may be changed, so only what comes from the room changes it.
 */
function writing(may: boolean): Extension {
  if (may) return []
  return [
    EditorState.readOnly.of(true),
    EditorState.changeFilter.of((change) => change.annotation(ySyncAnnotation) !== undefined),
  ]
}
