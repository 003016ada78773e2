/** The grammar of each language, loaded when a room needs it. */

import type { StreamParser } from '@codemirror/language'
import { StreamLanguage } from '@codemirror/language'
import type { Extension } from '@codemirror/state'

const GRAMMARS: Readonly<Record<string, () => Promise<Extension>>> = {
  bash: async () => plain((await import('@codemirror/legacy-modes/mode/shell')).shell),
  c: async () => plain((await import('@codemirror/legacy-modes/mode/clike')).c),
  cpp: async () => (await import('@codemirror/lang-cpp')).cpp(),
  go: async () => (await import('@codemirror/lang-go')).go(),
  java: async () => (await import('@codemirror/lang-java')).java(),
  javascript: async () => (await import('@codemirror/lang-javascript')).javascript({ jsx: true }),
  lua: async () => plain((await import('@codemirror/legacy-modes/mode/lua')).lua),
  perl: async () => plain((await import('@codemirror/legacy-modes/mode/perl')).perl),
  php: async () => (await import('@codemirror/lang-php')).php(),
  python: async () => (await import('@codemirror/lang-python')).python(),
  ruby: async () => plain((await import('@codemirror/legacy-modes/mode/ruby')).ruby),
  rust: async () => (await import('@codemirror/lang-rust')).rust(),
  sql: async () => (await import('@codemirror/lang-sql')).sql(),
  typescript: async () =>
    (await import('@codemirror/lang-javascript')).javascript({ jsx: true, typescript: true }),
}

/** Nothing for a language without one. */
export async function grammarOf(language: string): Promise<Extension> {
  return (await GRAMMARS[language]?.()) ?? []
}

function plain<State>(parser: StreamParser<State>): Extension {
  return StreamLanguage.define(parser)
}
