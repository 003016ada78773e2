import { expect, test } from 'vitest'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { COLOURS, colourOf, coloursOf, peopleOf } from '../../src/room/people.ts'

const MANY = Array.from({ length: 200 }, (_, number) => `p-${number}`)

test('people who are together have different colours as long as there are enough', () => {
  for (let count = 1; count <= COLOURS; count += 1) {
    for (let from = 0; from + count <= MANY.length; from += count) {
      const ids = MANY.slice(from, from + count)
      expect(new Set(coloursOf(ids).values()).size).toBe(count)
    }
  }
})

test('more people than colours have one each all the same', () => {
  const colours = coloursOf(MANY)
  expect(colours.size).toBe(MANY.length)
  expect(new Set(colours.values()).size).toBe(COLOURS)
})

test('everybody sees everybody in the same colour, in whatever order they came', () => {
  const [id = '', same = ''] = MANY.filter((each) => colourOf(each) === colourOf(MANY[0] ?? ''))
  const all = [id, same, 'p-else'].map((each) => {
    const awareness = new Awareness(new Y.Doc())
    awareness.setLocalStateField('user', { id: each, name: each })
    return { id: each, awareness }
  })
  for (const { awareness } of all) {
    for (const other of all.toReversed()) {
      const update = encodeAwarenessUpdate(other.awareness, [other.awareness.clientID])
      applyAwarenessUpdate(awareness, update, null)
    }
  }
  const seen = all.map(({ awareness, id }) =>
    peopleOf(awareness, id)
      .map((person) => `${person.id} ${person.colour}`)
      .sort(),
  )
  expect(seen[1]).toEqual(seen[0])
  expect(seen[2]).toEqual(seen[0])
  expect(new Set(seen[0]?.map((each) => each.split(' ')[1])).size).toBe(3)
  for (const { awareness } of all) awareness.destroy()
})
