import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { LanguageChoice } from '../../src/room/language-choice.ts'

const PYTHON = 'print("Hello")\n'
const RUBY = 'puts "Hello"\n'

class Somebody {
  readonly doc = new Y.Doc()
  readonly text = this.doc.getText('code')
  readonly values = this.doc.getMap<unknown>('session')
  readonly choice = new LanguageChoice(this.text, this.values)

  get has(): string {
    return `${this.values.get('language')}: ${this.text}`
  }
}

let ann: Somebody
let ben: Somebody

function begin(text = ''): void {
  ann = new Somebody()
  ben = new Somebody()
  ann.text.insert(0, text)
  ann.values.set('language', 'go')
  meet()
}

/** They tell each other everything, as often as it takes. */
function meet(): void {
  for (let round = 0; round < 3; round += 1) {
    const [one, other] = [ann, ben].map(({ doc }) => Y.encodeStateAsUpdate(doc))
    Y.applyUpdate(ann.doc, other as Uint8Array)
    Y.applyUpdate(ben.doc, one as Uint8Array)
  }
  expect(ben.has).toBe(ann.has)
}

// Whose choice holds is by the ids of the documents, which are random.
test.each(Array.from({ length: 8 }, (_, number) => number))(
  'of two languages chosen at once one holds, with its beginning alone (%i)',
  () => {
    begin('// go\n')
    ann.choice.choose('python', PYTHON)
    ben.choice.choose('ruby', RUBY)
    meet()
    expect([`python: ${PYTHON}`, `ruby: ${RUBY}`]).toContain(ann.has)
  },
)

test.each(Array.from({ length: 8 }, (_, number) => number))(
  'the same language chosen at once has its beginning once (%i)',
  () => {
    begin()
    ann.choice.choose('python', PYTHON)
    ben.choice.choose('python', PYTHON)
    meet()
    expect(ann.has).toBe(`python: ${PYTHON}`)
  },
)

test('what somebody wrote into a beginning is not taken back with it', () => {
  begin()
  ann.choice.choose('python', PYTHON)
  ann.text.insert(5, '!')
  ben.choice.choose('ruby', RUBY)
  ben.text.insert(4, '?')
  meet()
  expect(ann.text.toString()).toContain('print!("Hello")')
  expect(ann.text.toString()).toContain('puts? "Hello"')
})

test('a beginning stays when the language is another later', () => {
  begin()
  ann.choice.choose('python', PYTHON)
  meet()
  ben.text.insert(PYTHON.length, 'more')
  ben.choice.choose('ruby', null)
  ben.choice.choose('go', null)
  meet()
  expect(ann.has).toBe(`go: ${PYTHON}more`)
})

test('a person cannot undo that their beginning was taken back', () => {
  begin()
  const undos = [ann, ben].map(({ text }) => new Y.UndoManager(text))
  ann.choice.choose('python', PYTHON)
  ben.choice.choose('ruby', RUBY)
  meet()
  for (const undo of undos) undo.undo()
  meet()
  expect(ann.text.toString()).toBe('')
})
