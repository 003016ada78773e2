/** The keys of a room: one table for what they do and for what the help tells of them. */

export interface Shortcut {
  id: ShortcutId
  what: string
  /** As `keydown` names it. */
  key: string
  mod?: boolean
  shift?: boolean
  alt?: boolean
  /** Whether it works while somebody types too. */
  whileTyping?: boolean
}

export type ShortcutId =
  | 'run'
  | 'test'
  | 'stop'
  | 'editor'
  | 'terminal'
  | 'task'
  | 'share'
  | 'playback'
  | 'help'

export const SHORTCUTS: readonly Shortcut[] = [
  { id: 'run', what: 'Run the program', key: 'Enter', mod: true, shift: false, whileTyping: true },
  { id: 'test', what: 'Run the tests', key: 'Enter', mod: true, shift: true, whileTyping: true },
  { id: 'stop', what: 'Stop the program', key: '.', mod: true, whileTyping: true },
  { id: 'editor', what: 'Go to the code', key: '1', alt: true, whileTyping: true },
  { id: 'terminal', what: 'Go to the output', key: '2', alt: true, whileTyping: true },
  { id: 'task', what: 'Show or hide the task', key: '3', alt: true, whileTyping: true },
  { id: 'share', what: 'Copy the link', key: 's', alt: true, shift: true, whileTyping: true },
  {
    id: 'playback',
    what: 'Play the session back',
    key: 'p',
    alt: true,
    shift: true,
    whileTyping: true,
  },
  { id: 'help', what: 'Show the shortcuts', key: '?' },
]

/** Of the editor itself. */
export const EDITOR_KEYS: readonly { what: string; keys: readonly string[] }[] = [
  { what: 'Find and replace', keys: ['Mod', 'F'] },
  { what: 'Undo what you did', keys: ['Mod', 'Z'] },
  { what: 'Comment lines', keys: ['Mod', '/'] },
  { what: 'Complete a word', keys: ['Ctrl', 'Space'] },
  { what: 'Indent', keys: ['Tab'] },
  { what: 'Leave the editor', keys: ['Escape', 'Tab'] },
]

export const isApple = /Mac|iP(hone|ad|od)/.test(navigator.platform)

/** What the event asks for, if anything. */
export function shortcutOf(event: KeyboardEvent): ShortcutId | null {
  if (isCharacter(event)) return null
  const mod = isApple ? event.metaKey : event.ctrlKey
  const found = SHORTCUTS.find(
    ({ key, mod: withMod = false, alt = false, shift, whileTyping = false }) =>
      (event.key.toLowerCase() === key.toLowerCase() || codeOf(key) === event.code) &&
      mod === withMod &&
      event.altKey === alt &&
      (shift === undefined || event.shiftKey === shift) &&
      (whileTyping || !isTyping(event.target)),
  )
  return found?.id ?? null
}

/** The keys for what one can do. */
export function keysFor(id: ShortcutId): readonly string[] {
  const found = SHORTCUTS.find((each) => each.id === id)
  return found === undefined ? [] : keysOf(found)
}

export function keysOf({ key, mod, alt, shift }: Shortcut): readonly string[] {
  return [
    ...(mod ? ['Mod'] : []),
    ...(alt ? ['Alt'] : []),
    ...(shift ? ['Shift'] : []),
    key.length === 1 ? key.toUpperCase() : key,
  ].map(keyName)
}

export function keyName(key: string): string {
  if (key === 'Mod') return isApple ? '⌘' : 'Ctrl'
  if (key === 'Alt') return isApple ? '⌥' : 'Alt'
  return key
}

/** With Alt some systems type another character; the place of the key is the same. */
function codeOf(key: string): string {
  if (/^[a-z]$/.test(key)) return `Key${key.toUpperCase()}`
  return /^\d$/.test(key) ? `Digit${key}` : ''
}

/** Some layouts have what programs are made of behind Alt and a digit, as `@` and `|`. */
function isCharacter(event: KeyboardEvent): boolean {
  return event.altKey && /^[!-/:-@[-`{-~]$/.test(event.key) && isTyping(event.target)
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable]') !== null
  )
}
