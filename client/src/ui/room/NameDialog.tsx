import { useState } from 'react'
import { LONGEST_NAME, me, tidyName } from '../../room/me.ts'
import { Button } from '../parts/Button.tsx'
import { Dialog } from '../parts/Dialog.tsx'
import parts from '../parts/parts.module.css'
import css from './dialogs.module.css'

/** Another name for oneself; the room stays as it is. */
export default function NameDialog({ close }: { close: () => void }) {
  const [name, setName] = useState(() => me.get().name)
  const tidy = tidyName(name)
  return (
    <Dialog title="Your name" isOpen close={close}>
      <form
        className={css.name}
        onSubmit={(event) => {
          event.preventDefault()
          if (tidy === '') return
          me.update((now) => ({ ...now, name: tidy }))
          close()
        }}
      >
        <label className={parts.field}>
          <span className={parts.label}>The name that the others see</span>
          <input
            className={parts.input}
            autoComplete="name"
            maxLength={LONGEST_NAME}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <Button type="submit" look="primary" disabled={tidy === ''}>
          Rename
        </Button>
      </form>
    </Dialog>
  )
}
