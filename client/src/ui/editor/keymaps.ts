/** The keys of other editors, and undo, which takes back only what one wrote oneself. */

import type { Extension } from '@codemirror/state'
import type { EditorView, KeyBinding } from '@codemirror/view'
import { yUndoManagerKeymap } from 'y-codemirror.next'
import type { Settings } from '../../room/settings.ts'

/** Those of the shared text know nothing of an editor that may only be read. */
export const undoKeys: readonly KeyBinding[] = yUndoManagerKeymap.map((binding) => ({
  ...binding,
  run: (view: EditorView) => view.state.readOnly || (binding.run?.(view) ?? false),
}))

/** Raises what `import` raises where they cannot be had. */
export async function keysOf(keymap: Settings['keymap']): Promise<Extension> {
  switch (keymap) {
    case 'vim': {
      const { CodeMirror, vim } = await import('@replit/codemirror-vim')
      // Its own take back what CodeMirror's history has, and there is none here.
      CodeMirror.commands.undo = ({ cm6 }) => press('Mod-z', cm6)
      CodeMirror.commands.redo = ({ cm6 }) => press('Mod-y', cm6)
      return vim()
    }
    case 'emacs': {
      const { EmacsHandler, emacs } = await import('@replit/codemirror-emacs')
      EmacsHandler.bindKey('C-/|C-x u|S-C--|C-z', (view: EditorView) => press('Mod-z', view))
      EmacsHandler.bindKey('S-C-/|S-C-x u|C--|S-C-z', (view: EditorView) => press('Mod-y', view))
      return emacs()
    }
    default:
      return []
  }
}

function press(key: string, view: EditorView): void {
  undoKeys.find((binding) => binding.key === key)?.run?.(view)
}
