import { useState } from 'react'
import { LONGEST_NAME, me, tidyName } from '../../room/me.ts'
import { Button } from '../parts/Button.tsx'
import parts from '../parts/parts.module.css'
import css from './prompt.module.css'

export function NamePrompt({ enter }: { enter: () => void }) {
  const [name, setName] = useState('')
  const tidy = tidyName(name)
  return (
    <main className={css.page}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (tidy === '') return
          me.update((now) => ({ ...now, name: tidy }))
          enter()
        }}
      >
        <h1>You are about to join a room</h1>
        <label className={parts.field}>
          <span className={parts.label}>The name that the others will see</span>
          <input
            className={parts.input}
            // biome-ignore lint/a11y/noAutofocus: it is all that the page is for
            autoFocus
            autoComplete="name"
            maxLength={LONGEST_NAME}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <div className={css.ways}>
          <Button type="submit" look="primary" disabled={tidy === ''}>
            Join
          </Button>
          <Button look="quiet" onClick={enter}>
            Join as a guest
          </Button>
        </div>
      </form>
    </main>
  )
}
