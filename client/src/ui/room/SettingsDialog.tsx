import { account } from '../../room/account.ts'
import {
  INDENTATIONS,
  KEYMAPS,
  LARGEST_FONT,
  type Settings,
  SMALLEST_FONT,
  settings,
  THEMES,
} from '../../room/settings.ts'
import { AccountLine } from '../account/AccountLine.tsx'
import { Dialog } from '../parts/Dialog.tsx'
import { useStore } from '../use-store.ts'
import css from './dialogs.module.css'

const WORDS: Readonly<Record<string, string>> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
  default: 'Usual',
  vim: 'Vim',
  emacs: 'Emacs',
  language: 'As the language has it',
  '2': '2 spaces',
  '4': '4 spaces',
  '8': '8 spaces',
  tab: 'Tabs',
}

const FONT_SIZES = Array.from(
  { length: LARGEST_FONT - SMALLEST_FONT + 1 },
  (_, step) => SMALLEST_FONT + step,
)

export default function SettingsDialog({ close }: { close: () => void }) {
  const now = useStore(settings)
  const isSignedIn = useStore(account).kind === 'signed in'
  const set = (change: Partial<Settings>) => settings.update((before) => ({ ...before, ...change }))
  return (
    <Dialog title="Settings" isOpen close={close}>
      <div className={css.settings}>
        <Choice label="Theme" of={THEMES} value={now.theme} set={(theme) => set({ theme })} />
        <Choice label="Keys" of={KEYMAPS} value={now.keymap} set={(keymap) => set({ keymap })} />
        <Choice
          label="Indentation"
          of={INDENTATIONS}
          value={now.indentation}
          set={(indentation) => set({ indentation })}
        />
        <label className={css.setting}>
          Size of the code
          <select
            value={now.fontSize}
            onChange={(event) => set({ fontSize: Number(event.target.value) })}
          >
            {FONT_SIZES.map((size) => (
              <option key={size}>{size}</option>
            ))}
          </select>
        </label>
        <label className={css.setting}>
          Wrap long lines
          <input
            type="checkbox"
            checked={now.wrap}
            onChange={(event) => set({ wrap: event.target.checked })}
          />
        </label>
        <p>These are yours, in this browser, in every room.</p>
        <AccountLine />
        {isSignedIn && (
          <p>Whoever runs this server can give you all it keeps of you, or erase it.</p>
        )}
      </div>
    </Dialog>
  )
}

interface ChoiceProps<T extends string> {
  label: string
  of: readonly T[]
  value: T
  set: (value: T) => void
}

function Choice<T extends string>({ label, of, value, set }: ChoiceProps<T>) {
  return (
    <label className={css.setting}>
      {label}
      <select value={value} onChange={(event) => set(event.target.value as T)}>
        {of.map((each) => (
          <option key={each} value={each}>
            {WORDS[each]}
          </option>
        ))}
      </select>
    </label>
  )
}
