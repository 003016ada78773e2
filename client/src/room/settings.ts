/** What a person has set for themselves, in every room. */

import { keptStore } from './kept.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export const KEYMAPS = ['default', 'vim', 'emacs'] as const
export const INDENTATIONS = ['language', '2', '4', '8', 'tab'] as const
export const SMALLEST_FONT = 10
export const LARGEST_FONT = 28

export interface Settings {
  theme: (typeof THEMES)[number]
  /** Of the code, in CSS pixels. */
  fontSize: number
  wrap: boolean
  keymap: (typeof KEYMAPS)[number]
  /** `language`: as the language's own guides have it. */
  indentation: (typeof INDENTATIONS)[number]
}

const USUAL: Settings = {
  theme: 'system',
  fontSize: 14,
  wrap: false,
  keymap: 'default',
  indentation: 'language',
}

export function readSettings(found: unknown): Settings {
  if (typeof found !== 'object' || found === null) return USUAL
  const { theme, fontSize, wrap, keymap, indentation } = found as Partial<Settings>
  return {
    theme: oneOf(THEMES, theme, USUAL.theme),
    fontSize: typeof fontSize === 'number' ? boundedFont(fontSize) : USUAL.fontSize,
    wrap: typeof wrap === 'boolean' ? wrap : USUAL.wrap,
    keymap: oneOf(KEYMAPS, keymap, USUAL.keymap),
    indentation: oneOf(INDENTATIONS, indentation, USUAL.indentation),
  }
}

function boundedFont(size: number): number {
  return Math.min(LARGEST_FONT, Math.max(SMALLEST_FONT, Math.round(size)))
}

export const settings = keptStore('algoroom.settings', readSettings)

function oneOf<T extends string>(known: readonly T[], found: unknown, usual: T): T {
  return known.find((value) => value === found) ?? usual
}
