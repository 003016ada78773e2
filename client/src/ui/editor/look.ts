/** How code looks. The colours are those of the page, so that both themes share this one. */

import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const frame = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--sheet)', color: 'var(--ink)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', fontSize: 'var(--code-size)', lineHeight: '1.5' },
  '.cm-content': { padding: '10px 0 40vh', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 12px 0 6px' },
  '.cm-cursor': { borderLeft: '2px solid var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--sheet)',
    color: 'var(--ink-2)',
    border: 'none',
    paddingLeft: '4px',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '30px' },
  '.cm-activeLine': { backgroundColor: 'var(--line)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--line)', color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'var(--selection) !important' },
  '.cm-selectionMatch': { backgroundColor: 'var(--accent-wash)' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-wash)',
    outline: '1px solid var(--accent)',
  },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-wash)', outline: '1px solid var(--warn)' },
  '.cm-panels': {
    backgroundColor: 'var(--shade)',
    color: 'var(--ink)',
    borderColor: 'var(--rule)',
    fontFamily: 'var(--sans)',
  },
  '.cm-panel.cm-search': { padding: '6px 10px' },
  '.cm-textfield': {
    backgroundColor: 'var(--sheet)',
    border: '1px solid var(--rule)',
    borderRadius: '4px',
    fontSize: '13px',
  },
  '.cm-button': {
    backgroundColor: 'var(--sheet)',
    backgroundImage: 'none',
    border: '1px solid var(--rule)',
    borderRadius: '4px',
    fontSize: '13px',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--sheet)',
    border: '1px solid var(--rule)',
    borderRadius: '5px',
    boxShadow: 'var(--shadow)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent-wash)',
    color: 'var(--ink)',
  },
  '.cm-foldPlaceholder': {
    backgroundColor: 'var(--shade)',
    border: '1px solid var(--rule)',
    color: 'var(--ink-2)',
  },
  '.selected': { backgroundColor: 'color-mix(in srgb, var(--person) 14%, transparent)' },
  '.caret': {
    position: 'relative',
    borderLeft: '2px solid var(--person)',
    marginLeft: '-1px',
    marginRight: '-1px',
  },
  // A flag, for whoever looks for a name that is gone.
  '.caret::before': {
    content: '""',
    position: 'absolute',
    zIndex: '4',
    top: '-3px',
    left: '-4px',
    width: '6px',
    height: '6px',
    borderRadius: '1px',
    backgroundColor: 'var(--person)',
  },
  // More than the flag is to be pointed at.
  '.caret::after': {
    content: '""',
    position: 'absolute',
    zIndex: '4',
    inset: '-8px -9px -2px -11px',
  },
  '.caret-name': {
    position: 'absolute',
    zIndex: '5',
    bottom: '100%',
    left: '-2px',
    padding: '0 5px',
    borderRadius: '3px 3px 3px 0',
    backgroundColor: 'var(--person)',
    color: '#fff',
    font: '600 11px/16px var(--sans)',
    whiteSpace: 'nowrap',
    opacity: '0',
    transition: 'opacity 200ms',
    pointerEvents: 'none',
  },
  '.cm-line:first-child .caret-name': { bottom: 'auto', top: '100%', borderRadius: '0 3px 3px' },
  '.caret.fresh .caret-name, .caret:hover .caret-name': { opacity: '1' },
})

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-number)' },
  { tag: [tags.comment, tags.meta], color: 'var(--code-comment)', fontStyle: 'italic' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.labelName],
    color: 'var(--code-name)',
  },
  {
    tag: [tags.definition(tags.variableName), tags.definition(tags.propertyName)],
    color: 'var(--ink)',
  },
  { tag: [tags.typeName, tags.className, tags.namespace], color: 'var(--code-type)' },
  {
    tag: [tags.operator, tags.punctuation, tags.bracket, tags.separator],
    color: 'var(--code-punctuation)',
  },
  { tag: tags.invalid, color: 'var(--bad)' },
])

export const look: Extension = [frame, syntaxHighlighting(colours)]
