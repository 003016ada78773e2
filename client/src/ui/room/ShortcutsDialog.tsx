import { Dialog } from '../parts/Dialog.tsx'
import { Keys } from '../parts/Keys.tsx'
import { EDITOR_KEYS, keyName, keysOf, SHORTCUTS } from '../shortcuts.ts'
import css from './dialogs.module.css'

export default function ShortcutsDialog({ close }: { close: () => void }) {
  const rows = [
    ...SHORTCUTS.map((shortcut) => ({ what: shortcut.what, keys: keysOf(shortcut) })),
    ...EDITOR_KEYS.map(({ what, keys }) => ({ what, keys: keys.map(keyName) })),
  ]
  return (
    <Dialog title="Shortcuts" isOpen close={close}>
      <dl className={css.keys}>
        {rows.map(({ what, keys }) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              <Keys keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
