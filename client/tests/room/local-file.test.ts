import { expect, test } from 'vitest'
import { beginning, fileEnding, isUntouched } from '../../src/room/languages.ts'
import { languageOf, openFile } from '../../src/room/local-file.ts'
import type { Language } from '../../src/room/server.ts'

const KNOWN: Language[] = [
  { name: 'python', displayName: 'Python', version: '3', fileName: 'main.py', template: 'print()' },
  { name: 'cpp', displayName: 'C++', version: '1', fileName: 'main.cpp', template: 'int main;' },
  { name: 'java', displayName: 'Java', version: '1', fileName: 'Main.java', template: 'class M' },
]

const file = (content: BlobPart, name = 'one.py') => new File([content], name)

test('a file of text is opened, with the language that its name tells', async () => {
  const opened = await openFile(file('größer = 1\n'), KNOWN, 11)
  expect(opened).toEqual({ text: 'größer = 1\n', language: 'python' })
})

test('a byte order mark goes, and lines end as they do in a room', async () => {
  const opened = await openFile(file('\uFEFFone\r\ntwo\rthree'), KNOWN, 13)
  expect(opened).toEqual({ text: 'one\ntwo\nthree', language: 'python' })
})

test.each([
  [new Uint8Array([0x66, 0xff, 0x66]), '“one.py” is no text in UTF-8'],
  [new Uint8Array([0x66, 0, 0x66]), '“one.py” is no text'],
  ['x'.repeat(1_001), '“one.py” is too long: a room holds 1,000 characters'],
  ['x'.repeat(3_001), '“one.py” is too long: a room holds 1,000 characters'],
])('what is no text, or too much of it, is refused in words', async (content, problem) => {
  expect(await openFile(file(content), KNOWN, 1_000)).toEqual({ problem })
})

test.each([
  ['a.py', 'python'],
  ['A.PY', 'python'],
  ['a.cc', 'cpp'],
  ['Shapes.java', 'java'],
  ['a.txt', null],
  ['Makefile', null],
  ['.py', null],
])('%s is of %s', (name, language) => {
  expect(languageOf(name, KNOWN)).toBe(language)
})

test('a language has the ending of its file, and its template to begin with', () => {
  expect([fileEnding('java', KNOWN), fileEnding('other', KNOWN)]).toEqual(['java', 'txt'])
  expect(beginning('python', KNOWN, {})).toBe('print()')
  expect(beginning('python', KNOWN, { python: 'def f' })).toBe('def f')
  expect(beginning('other', KNOWN, {})).toBe('')
})

test('templates and starter code are nobody’s writing', () => {
  expect(isUntouched('int main;', KNOWN)).toBe(true)
  expect(isUntouched('def f', KNOWN, { python: 'def f' })).toBe(true)
  expect(isUntouched('def f', KNOWN)).toBe(false)
  expect(isUntouched('<?php // Write your php code here\n')).toBe(true)
})
